# Which subnet reaches the world, and how.

locals {
  # The zones that have a NAT gateway, and for each zone the gateway that serves it.
  nat_zones   = var.nat == "per_az" ? local.zones : var.nat == "single" ? slice(local.zones, 0, 1) : []
  nat_of_zone = { for zone in local.zones : zone => var.nat == "per_az" ? zone : local.zones[0] if var.nat != "none" }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id

  tags = merge(local.tags, { Name = local.label })
}

resource "aws_egress_only_internet_gateway" "main" {
  count = var.ipv6 ? 1 : 0

  vpc_id = aws_vpc.main.id

  tags = merge(local.tags, { Name = local.label })
}

resource "aws_eip" "nat" {
  for_each = toset(local.nat_zones)

  domain = "vpc"

  tags = merge(local.tags, { Name = "${local.label}-nat-${each.key}" })

  # An address of a VPC without a way out is refused.
  depends_on = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "main" {
  for_each = toset(local.nat_zones)

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.external[each.key].id

  tags = merge(local.tags, { Name = "${local.label}-${each.key}" })

  depends_on = [aws_internet_gateway.main]
}

# Routes are resources of their own, so that others can add theirs without a quarrel.
resource "aws_route_table" "external" {
  vpc_id = aws_vpc.main.id

  tags = merge(local.tags, { Name = "${local.label}-external" })
}

resource "aws_route" "external" {
  route_table_id         = aws_route_table.external.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route" "external_ipv6" {
  count = var.ipv6 ? 1 : 0

  route_table_id              = aws_route_table.external.id
  destination_ipv6_cidr_block = "::/0"
  gateway_id                  = aws_internet_gateway.main.id
}

resource "aws_route_table_association" "external" {
  for_each = toset(local.zones)

  subnet_id      = aws_subnet.external[each.key].id
  route_table_id = aws_route_table.external.id
}

# One a zone even with a single gateway: to change nat later then moves routes, not subnets.
resource "aws_route_table" "internal" {
  for_each = toset(local.zones)

  vpc_id = aws_vpc.main.id

  tags = merge(local.tags, { Name = "${local.label}-internal-${each.key}" })
}

resource "aws_route" "internal" {
  for_each = local.nat_of_zone

  route_table_id         = aws_route_table.internal[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main[each.value].id
}

resource "aws_route" "internal_ipv6" {
  for_each = toset(var.ipv6 ? local.zones : [])

  route_table_id              = aws_route_table.internal[each.key].id
  destination_ipv6_cidr_block = "::/0"
  egress_only_gateway_id      = aws_egress_only_internet_gateway.main[0].id
}

resource "aws_route_table_association" "internal" {
  for_each = toset(local.zones)

  subnet_id      = aws_subnet.internal[each.key].id
  route_table_id = aws_route_table.internal[each.key].id
}
