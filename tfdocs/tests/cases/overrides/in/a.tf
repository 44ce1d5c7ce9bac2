variable "x" {
  type        = string
  description = "first"
}
module "m" {
  source  = "./m"
  version = "1"
}
