# The search domain and name servers of a VPC.

variable "name" {
  description = "Domain that hosts search, such as stack.local: they then find beacon.stack.local by beacon."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.name))
    error_message = "name must be a domain name in lower case without a final dot, such as stack.local."
  }
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
  nullable    = false

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "vpc_id must be the id of a VPC, such as vpc-0123456789abcdef0."
  }
}

variable "servers" {
  description = "Name servers; AmazonProvidedDNS is the VPC's own, the only one that knows private zones."
  type        = list(string)
  default     = ["AmazonProvidedDNS"]
  nullable    = false

  validation {
    condition     = length(var.servers) >= 1 && length(var.servers) <= 4
    error_message = "servers must name 1 to 4 name servers: AWS takes no more."
  }

  validation {
    condition     = alltrue([for server in var.servers : server == "AmazonProvidedDNS" || can(cidrhost("${server}/32", 0)) || can(cidrhost("${server}/128", 0))])
    error_message = "servers must be AmazonProvidedDNS or IP addresses."
  }
}

variable "tags" {
  description = "Tags for the options."
  type        = map(string)
  default     = {}
  nullable    = false
}
