# A comment
variable "pond_x" {
  type        = map(object({ depth = optional(number, 1.5) }))
  description = <<-EOT
    a | b_c
    ```hcl
    x = "${var.y}"
    ```
  EOT
  default = { a = [1, "x", null, true], "b c" = { d = -1e3 } }
}
output "o" { value = var.pond_x }
module "m" {
  source  = "a/b/c"
  version = "~> 1.0"
}
terraform {
  required_version = ">= 1.9"
  required_providers { aws = { source = "hashicorp/aws", version = "= 5.1" } }
}
resource "aws_x" "y" { provider = aws.east }
