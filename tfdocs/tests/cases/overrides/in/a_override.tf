variable "x" {
  default = "second"
}
module "m" {
  version = "2"
}
