# Cuts a network into one private and one public subnet a zone, as the Stack of 2016 laid them out.

locals {
  # A quarter of the network for each zone: half of it private, a quarter public, a quarter kept free to grow into.
  blocks = { for index, zone in var.availability_zones : zone => cidrsubnet(var.cidr, 2, index) }
}
