# The one machine that people log in to.

variable "name" {
  description = "Name of the stack."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,18}[a-z0-9]$", var.name))
    error_message = "name must be 2 to 20 lower-case letters, digits and inner dashes, starting with a letter, such as segment."
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

variable "mode" {
  description = "instance: a small machine with a public address, reached by Session Manager or, from allowed addresses, by SSH. endpoint: an EC2 Instance Connect Endpoint, with no machine and no public address."
  type        = string
  default     = "instance"
  nullable    = false

  validation {
    condition     = contains(["instance", "endpoint"], var.mode)
    error_message = "mode must be instance or endpoint; for no bastion at all, do not call the module."
  }
}

variable "subnet_id" {
  description = "Id of the subnet: a public one for an instance, a private one for an endpoint."
  type        = string
  nullable    = false
}

variable "security_groups" {
  description = "Security groups of the bastion; module security-groups gives external_ssh."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.security_groups) > 0
    error_message = "security_groups must name at least one group: without one the bastion would get the VPC's default."
  }
}

variable "instance_type" {
  description = "Instance type; Graviton types get an image for them."
  type        = string
  default     = "t4g.micro"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]+[.][a-z0-9-]+$", var.instance_type))
    error_message = "instance_type must be an instance type such as t4g.micro."
  }
}

variable "ami_id" {
  description = "Id of the machine image; null takes AWS's newest Amazon Linux 2023 at the first apply and keeps it."
  type        = string
  default     = null

  validation {
    condition     = var.ami_id == null || can(regex("^ami-[0-9a-f]+$", var.ami_id))
    error_message = "ami_id must be the id of an image, such as ami-0123456789abcdef0."
  }
}

variable "key_name" {
  description = "EC2 key pair for SSH; null for none: Session Manager needs no key."
  type        = string
  default     = null
}

variable "volume_size" {
  description = "Size of the disk in GiB."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.volume_size >= 8 && var.volume_size <= 1024
    error_message = "volume_size must be 8 to 1024 GiB: Amazon Linux needs 8."
  }
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary of the role; null for none."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for everything here."
  type        = map(string)
  default     = {}
  nullable    = false
}
