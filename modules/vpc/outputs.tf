# What others put into the network; lists are in the order of availability_zones.

output "id" {
  description = "Id of the VPC."
  value       = aws_vpc.main.id
}

output "cidr_block" {
  description = "IPv4 range of the VPC."
  value       = aws_vpc.main.cidr_block
}

output "ipv6_cidr_block" {
  description = "IPv6 range of the VPC; null without ipv6."
  value       = var.ipv6 ? aws_vpc.main.ipv6_cidr_block : null
}

output "security_group" {
  description = "Id of the VPC's default security group, which has no rules."
  value       = aws_default_security_group.main.id
}

output "availability_zones" {
  description = "Names of the zones in use."
  value       = local.zones
}

output "internal_subnets" {
  description = "Ids of the private subnets, one a zone."
  value       = [for zone in local.zones : aws_subnet.internal[zone].id]
  # Whoever starts something there at once needs the way out to stand.
  depends_on = [aws_route.internal, aws_route_table_association.internal]
}

output "external_subnets" {
  description = "Ids of the public subnets, one a zone."
  value       = [for zone in local.zones : aws_subnet.external[zone].id]
  depends_on  = [aws_route.external, aws_route_table_association.external]
}

output "internal_subnets_by_zone" {
  description = "Ids of the private subnets, by zone."
  value       = { for zone in local.zones : zone => aws_subnet.internal[zone].id }
}

output "external_subnets_by_zone" {
  description = "Ids of the public subnets, by zone."
  value       = { for zone in local.zones : zone => aws_subnet.external[zone].id }
}

output "internal_route_tables" {
  description = "Ids of the route tables of the private subnets, one a zone."
  value       = [for zone in local.zones : aws_route_table.internal[zone].id]
}

output "external_route_tables" {
  description = "Ids of the route tables of the public subnets: one for all of them."
  value       = [aws_route_table.external.id]
}

output "internet_gateway" {
  description = "Id of the internet gateway."
  value       = aws_internet_gateway.main.id
}

output "nat_ips" {
  description = "Public addresses of the NAT gateways, from which private subnets reach the world."
  value       = [for zone in local.nat_zones : aws_eip.nat[zone].public_ip]
}
