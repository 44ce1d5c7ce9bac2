# A zone: private with a VPC, public without.

variable "name" {
  description = "Name of the zone, such as stack.local. Names under .local belong to multicast DNS: hosts outside of the VPC's DHCP options may not ask for them; prod.internal has no such trouble."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.name))
    error_message = "name must be a domain name in lower case with at least one dot inside and none at its end, such as stack.local."
  }
}

variable "vpc_id" {
  description = "Id of the VPC that sees the zone; null makes a public zone."
  type        = string
  default     = null

  validation {
    condition     = var.vpc_id == null || can(regex("^vpc-", var.vpc_id))
    error_message = "vpc_id must be the id of a VPC, such as vpc-0123456789abcdef0, or null for a public zone."
  }
}

variable "force_destroy" {
  description = "Let terraform destroy take records with it that others made in the zone."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags for the zone."
  type        = map(string)
  default     = {}
  nullable    = false
}
