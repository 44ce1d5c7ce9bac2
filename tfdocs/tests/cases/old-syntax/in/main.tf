variable "amis" {
  type = "map"
  default {
    eu = "ami-1"
  }
  description = "Images, ${var.x} stays"
}
