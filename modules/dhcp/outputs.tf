# The options, for another VPC to share.

output "id" {
  description = "Id of the DHCP options."
  value       = aws_vpc_dhcp_options.main.id
}
