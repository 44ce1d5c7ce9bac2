# What hosts are told about names when they start.

resource "aws_vpc_dhcp_options" "main" {
  domain_name         = var.name
  domain_name_servers = var.servers

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_vpc_dhcp_options_association" "main" {
  vpc_id          = var.vpc_id
  dhcp_options_id = aws_vpc_dhcp_options.main.id
}
