# A group for each role in the stack: load balancers inside and outside, the bastion, and what the bastion reaches.
# Rules are resources of their own, each with its reason; a rule added by others is left alone.

locals {
  label = "${var.name}-${var.environment}"
  tags  = merge({ Environment = var.environment }, var.tags)

  groups = {
    internal_elb = { suffix = "internal-elb", description = "Internal load balancers of ${local.label}" }
    external_elb = { suffix = "external-elb", description = "Public load balancers of ${local.label}" }
    external_ssh = { suffix = "external-ssh", description = "The bastion of ${local.label}" }
    internal_ssh = { suffix = "internal-ssh", description = "What the bastion of ${local.label} may reach by SSH" }
  }

  # Port ranges by purpose; the load balancers' targets are anywhere in the VPC, on ports that ECS picks.
  ingress = merge(
    { for port in [80, 443] : "internal_elb-${port}" => { group = "internal_elb", port = port, cidr = var.cidr, why = "Services and bastion, from inside the VPC" } },
    { for port in [80, 443] : "external_elb-${port}" => { group = "external_elb", port = port, cidr = "0.0.0.0/0", why = "The world; port 80 only to be sent to 443" } },
    { for cidr in var.ssh_allowed_cidrs : "external_ssh-${cidr}" => { group = "external_ssh", port = 22, cidr = cidr, why = "SSH from ssh_allowed_cidrs" } },
  )

  egress = {
    internal_elb     = { group = "internal_elb", from = 0, to = 65535, cidr = var.cidr, why = "Targets inside the VPC" }
    external_elb     = { group = "external_elb", from = 0, to = 65535, cidr = var.cidr, why = "Targets inside the VPC" }
    external_ssh     = { group = "external_ssh", from = 0, to = 65535, cidr = var.cidr, why = "Everything inside the VPC" }
    external_ssh-80  = { group = "external_ssh", from = 80, to = 80, cidr = "0.0.0.0/0", why = "Packages" }
    external_ssh-443 = { group = "external_ssh", from = 443, to = 443, cidr = "0.0.0.0/0", why = "Session Manager and packages" }
  }
}

resource "aws_security_group" "main" {
  for_each = local.groups

  # A prefix, so that a group that must be replaced can stand beside its successor.
  name_prefix = "${local.label}-${each.value.suffix}-"
  description = each.value.description
  vpc_id      = var.vpc_id

  tags = merge(local.tags, { Name = "${local.label}-${each.value.suffix}" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "main" {
  for_each = local.ingress

  security_group_id = aws_security_group.main[each.value.group].id
  description       = each.value.why
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = each.value.cidr

  tags = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "internal_ssh" {
  security_group_id            = aws_security_group.main["internal_ssh"].id
  description                  = "SSH from the bastion"
  ip_protocol                  = "tcp"
  from_port                    = 22
  to_port                      = 22
  referenced_security_group_id = aws_security_group.main["external_ssh"].id

  tags = local.tags
}

resource "aws_vpc_security_group_egress_rule" "main" {
  for_each = local.egress

  security_group_id = aws_security_group.main[each.value.group].id
  description       = each.value.why
  ip_protocol       = "tcp"
  from_port         = each.value.from
  to_port           = each.value.to
  cidr_ipv4         = each.value.cidr

  tags = local.tags
}
