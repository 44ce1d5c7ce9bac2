variable "image_tag" {
  description = "Tag of the nginx image in both regions."
  type        = string
  default     = "1.27"
}
