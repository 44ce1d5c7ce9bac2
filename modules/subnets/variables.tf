# What is to be cut, and into how many pieces.

variable "cidr" {
  description = "IPv4 range of the network, from /16 to /23."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && can(cidrnetmask(var.cidr))
    error_message = "cidr must be an IPv4 range such as 10.30.0.0/16."
  }

  validation {
    condition     = !can(cidrnetmask(var.cidr)) || try(cidrsubnet(var.cidr, 0, 0) == var.cidr, false)
    error_message = "cidr must start at the first address of its range, as 10.30.0.0/16 does."
  }

  validation {
    condition     = !can(cidrnetmask(var.cidr)) || try(tonumber(split("/", var.cidr)[1]) >= 16, false)
    error_message = "cidr must be /16 or smaller: AWS allows no larger VPC."
  }

  validation {
    condition     = !can(cidrnetmask(var.cidr)) || try(tonumber(split("/", var.cidr)[1]) <= 23, false)
    error_message = "cidr is too small for its zones: a public subnet gets a sixteenth of it, and a load balancer needs a /27, so take /23 or larger (/16 is usual)."
  }
}

variable "availability_zones" {
  description = "Names of the availability zones, in the order in which they get their part; 1 to 4."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.availability_zones) >= 1 && length(var.availability_zones) <= 4
    error_message = "availability_zones must name 1 to 4 zones: the network is cut into quarters, one a zone."
  }

  validation {
    condition     = length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "availability_zones must name each zone once."
  }
}
