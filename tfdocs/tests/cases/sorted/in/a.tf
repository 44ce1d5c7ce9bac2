variable "b" {
  type = string
}
variable "c" {
  default = 1
}
variable "a" {
  default = true
}
