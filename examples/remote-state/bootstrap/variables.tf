variable "bucket" {
  description = "Name of the bucket; bucket names are the world's, so take one with your own name in it."
  type        = string
  default     = "example-terraform-state"
}

variable "force_destroy" {
  description = "Let terraform destroy take the bucket with all states in it."
  type        = bool
  default     = false
}
