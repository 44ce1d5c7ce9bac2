variable "image_tag" {
  description = "Tag of the nginx image: change it and apply, and the new version rolls out."
  type        = string
  default     = "1.27"
}

variable "capacity_provider" {
  description = "FARGATE, or FARGATE_SPOT for a third of the price and tasks that may be interrupted."
  type        = string
  default     = "FARGATE"
}
