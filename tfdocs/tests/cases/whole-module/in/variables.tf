variable "length" {
  description = "Length of the pier in metres, with | and snake_case."
  type        = number
}

variable "berths" {
  description = <<-EOT
    Berths by name:

    - depth
    - price
  EOT
  type = map(object({
    depth = number # metres
    price = optional(number, 12.5)
  }))
  default = {
    "east_1" = { depth = 3 }
  }
}

# Said by a comment.
variable "flags" {
  default = ["red", "white"]
}

# terraform-docs-ignore
variable "hidden" {}

variable "nothing" {
  type    = string
  default = null
}
