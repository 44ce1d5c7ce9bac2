variable "good" {}

variable "bad" {
  default = [1 2]
}
