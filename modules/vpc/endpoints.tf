# AWS services without the way through NAT: S3 always, for image layers lie there; others by name.

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.main.id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${data.aws_region.current.id}.s3"
  route_table_ids   = concat([aws_route_table.external.id], [for zone in local.zones : aws_route_table.internal[zone].id])

  tags = merge(local.tags, { Name = "${local.label}-s3" })
}

resource "aws_security_group" "endpoints" {
  count = length(var.interface_endpoints) > 0 ? 1 : 0

  name_prefix = "${local.label}-endpoints-"
  description = "Who may use the interface endpoints of ${local.label}"
  vpc_id      = aws_vpc.main.id

  tags = merge(local.tags, { Name = "${local.label}-endpoints" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count = length(var.interface_endpoints) > 0 ? 1 : 0

  security_group_id = aws_security_group.endpoints[0].id
  description       = "HTTPS from inside the VPC"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = var.cidr

  tags = local.tags
}

resource "aws_vpc_endpoint" "interface" {
  for_each = var.interface_endpoints

  vpc_id              = aws_vpc.main.id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${data.aws_region.current.id}.${each.key}"
  subnet_ids          = [for zone in local.zones : aws_subnet.internal[zone].id]
  security_group_ids  = aws_security_group.endpoints[*].id
  private_dns_enabled = true

  tags = merge(local.tags, { Name = "${local.label}-${each.key}" })
}
