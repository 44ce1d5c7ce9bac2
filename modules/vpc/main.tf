# The VPC, its subnets and the way out: for each zone a private and a public subnet.

data "aws_region" "current" {}

# Local zones and zones to be opted in are left out: not everything runs there.
data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  found_zones = slice(sort(data.aws_availability_zones.available.names), 0, min(var.az_count, length(data.aws_availability_zones.available.names)))
  zones       = coalescelist(var.availability_zones == null ? [] : var.availability_zones, local.found_zones)

  internal_cidrs = var.internal_subnets == null ? module.subnets.internal : zipmap(local.zones, var.internal_subnets)
  external_cidrs = var.external_subnets == null ? module.subnets.external : zipmap(local.zones, var.external_subnets)

  label = "${var.name}-${var.environment}"
  tags  = merge({ Environment = var.environment }, var.tags)
}

module "subnets" {
  source = "../subnets"

  cidr               = var.cidr
  availability_zones = local.zones
}

resource "aws_vpc" "main" {
  cidr_block                       = var.cidr
  enable_dns_support               = true
  enable_dns_hostnames             = true
  assign_generated_ipv6_cidr_block = var.ipv6

  tags = merge(local.tags, { Name = local.label })
}

# Taken over to be emptied: what is started without naming a group can then neither be reached nor reach out.
resource "aws_default_security_group" "main" {
  vpc_id = aws_vpc.main.id

  tags = merge(local.tags, { Name = "${local.label}-default-closed" })
}

resource "aws_subnet" "internal" {
  for_each = toset(local.zones)

  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = local.internal_cidrs[each.key]

  ipv6_cidr_block                 = var.ipv6 ? cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, index(local.zones, each.key)) : null
  assign_ipv6_address_on_creation = var.ipv6

  tags = merge(local.tags, { Name = "${local.label}-internal-${each.key}" })

  lifecycle {
    precondition {
      condition     = length(local.internal_cidrs) == length(local.zones)
      error_message = "internal_subnets must hold one range for each zone."
    }
  }
}

resource "aws_subnet" "external" {
  for_each = toset(local.zones)

  vpc_id                  = aws_vpc.main.id
  availability_zone       = each.key
  cidr_block              = local.external_cidrs[each.key]
  map_public_ip_on_launch = var.map_public_ip

  ipv6_cidr_block                 = var.ipv6 ? cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 128 + index(local.zones, each.key)) : null
  assign_ipv6_address_on_creation = var.ipv6

  tags = merge(local.tags, { Name = "${local.label}-external-${each.key}" })

  lifecycle {
    precondition {
      condition     = length(local.external_cidrs) == length(local.zones)
      error_message = "external_subnets must hold one range for each zone."
    }
  }
}
