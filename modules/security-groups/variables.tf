# For which network, and who may come in by SSH.

variable "name" {
  description = "Name of the stack; the groups are named after it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9-]{0,31}$", var.name))
    error_message = "name must start with a letter and be at most 32 letters, digits and dashes."
  }

  validation {
    condition     = !startswith(lower(var.name), "sg-")
    error_message = "name must not start with sg-: AWS keeps that for the ids of groups."
  }
}

variable "environment" {
  description = "Environment, such as prod or staging."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?$", var.environment))
    error_message = "environment must be 1 to 16 lower-case letters, digits and inner dashes, such as prod."
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

variable "cidr" {
  description = "IPv4 range of the VPC: who may reach internal load balancers."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr))
    error_message = "cidr must be an IPv4 range such as 10.30.0.0/16."
  }
}

variable "ssh_allowed_cidrs" {
  description = "IPv4 ranges from which the bastion may be reached by SSH; empty closes the port, and Session Manager still gets in."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ssh_allowed_cidrs : can(cidrnetmask(cidr))])
    error_message = "ssh_allowed_cidrs must be IPv4 ranges such as 203.0.113.7/32."
  }

  validation {
    condition     = var.allow_world_ssh || alltrue([for cidr in var.ssh_allowed_cidrs : try(tonumber(split("/", cidr)[1]) >= 8, true)])
    error_message = "ssh_allowed_cidrs opens SSH to the world: name your own addresses, such as 203.0.113.7/32, or leave it empty and use Session Manager. If it is meant, set allow_world_ssh = true."
  }
}

variable "allow_world_ssh" {
  description = "Accept ranges wider than /8 in ssh_allowed_cidrs, 0.0.0.0/0 among them."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags for everything here."
  type        = map(string)
  default     = {}
  nullable    = false
}
