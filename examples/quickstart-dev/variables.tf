variable "image_tag" {
  description = "Tag of the nginx image: change it and apply, and the new version rolls out."
  type        = string
  default     = "1.27"
}
