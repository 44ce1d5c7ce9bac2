# The ranges by zone, and as lists in the order of the zones.

output "internal" {
  description = "Range of the private subnet, by zone: an eighth of the network."
  value       = { for zone, block in local.blocks : zone => cidrsubnet(block, 1, 0) }
}

output "external" {
  description = "Range of the public subnet, by zone: a sixteenth of the network."
  value       = { for zone, block in local.blocks : zone => cidrsubnet(block, 2, 2) }
}

output "spare" {
  description = "Range that is left free, by zone: a sixteenth of the network, for subnets of your own."
  value       = { for zone, block in local.blocks : zone => cidrsubnet(block, 2, 3) }
}

output "internal_cidrs" {
  description = "Ranges of the private subnets, in the order of availability_zones."
  value       = tolist([for zone in var.availability_zones : cidrsubnet(local.blocks[zone], 1, 0)])
}

output "external_cidrs" {
  description = "Ranges of the public subnets, in the order of availability_zones."
  value       = tolist([for zone in var.availability_zones : cidrsubnet(local.blocks[zone], 2, 2)])
}
