# Whose bucket it is and how long it keeps.

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

variable "expiration_days" {
  description = "Days after which access logs are deleted; 0 keeps them for ever."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.expiration_days >= 0 && floor(var.expiration_days) == var.expiration_days
    error_message = "expiration_days must be a whole number of days, or 0 to keep logs for ever."
  }
}

variable "legacy_regions" {
  description = "Regions in which load balancers deliver their logs as an AWS account instead of the log delivery service; the bucket there lets both in."
  type        = set(string)
  default     = ["us-gov-east-1", "us-gov-west-1", "cn-north-1", "cn-northwest-1"]
  nullable    = false
}

variable "force_destroy" {
  description = "Let terraform destroy take a bucket that holds logs."
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
