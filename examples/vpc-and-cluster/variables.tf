variable "image_tag" {
  description = "Tag of the worker's image: change it and apply, and the new version rolls out."
  type        = string
  default     = "1.0.0"
}
