variable "b" {
  description = "B."
}
