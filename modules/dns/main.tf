# The zone in which services have their names.

resource "aws_route53_zone" "main" {
  name          = var.name
  comment       = ""
  force_destroy = var.force_destroy

  dynamic "vpc" {
    for_each = var.vpc_id == null ? [] : [var.vpc_id]

    content {
      vpc_id = vpc.value
    }
  }

  tags = merge(var.tags, { Name = var.name })
}
