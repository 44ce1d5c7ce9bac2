variable "stack" {
  description = "The stack it belongs to, `module.stack`. Without one, network and callers are given one by one."
  type = object({
    name                          = optional(string)
    environment                   = optional(string)
    vpc_id                        = optional(string)
    internal_subnets              = optional(list(string))
    ecs_cluster_security_group_id = optional(string)
    zone_id                       = optional(string)
    domain_name                   = optional(string)
    log_retention_days            = optional(number)
    log_kms_key_arn               = optional(string)
    force_destroy                 = optional(bool)
    tags                          = optional(map(string), {})
  })
  nullable = false
  default  = {}
}

variable "name" {
  description = "Name of the database; stack and environment are put before the instance's."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,40}$", var.name))
    error_message = "The name \"${var.name}\" must be small letters, digits and single dashes, beginning with a letter."
  }
}

variable "environment" {
  description = "Environment, such as `prod`. Null takes the stack's."
  type        = string
  default     = null
}

variable "engine" {
  description = "`aurora-postgresql` or `aurora-mysql`."
  type        = string
  nullable    = false
  default     = "aurora-postgresql"

  validation {
    condition     = contains(["aurora-postgresql", "aurora-mysql"], var.engine)
    error_message = "engine is aurora-postgresql or aurora-mysql (for others take module rds): not \"${var.engine}\"."
  }
}

variable "engine_version" {
  description = "Version of the engine: `17.4`, or `8.0.mysql_aurora.3.08.0` for aurora-mysql."
  type        = string
  nullable    = false
  default     = "17.4"

  validation {
    condition     = can(regex(var.engine == "aurora-mysql" ? "^[0-9]+[.][0-9]+[.]mysql_aurora[.]" : "^[0-9]+([.][0-9]+)*$", var.engine_version))
    error_message = "engine_version is a number such as 17.4 for aurora-postgresql, and like 8.0.mysql_aurora.3.08.0 for aurora-mysql: not \"${var.engine_version}\"."
  }
}

variable "instance_class" {
  description = "`db.serverless`, which follows the load within `capacity`, or a fixed size such as `db.r7g.large`."
  type        = string
  nullable    = false
  default     = "db.serverless"

  validation {
    condition     = startswith(var.instance_class, "db.")
    error_message = "instance_class begins with db., for example db.serverless or db.r7g.large: not \"${var.instance_class}\"."
  }
}

variable "capacity" {
  description = "Capacity units (2 GiB of memory each) between which `db.serverless` moves; `min` 0 lets it sleep after 5 quiet minutes."
  type = object({
    min = optional(number, 0.5)
    max = optional(number, 4)
  })
  nullable = false
  default  = {}

  validation {
    condition     = var.capacity.min >= 0 && var.capacity.max >= 1 && var.capacity.max <= 256 && var.capacity.min <= var.capacity.max && var.capacity.min * 2 == floor(var.capacity.min * 2) && var.capacity.max * 2 == floor(var.capacity.max * 2)
    error_message = "capacity is in steps of a half: min from 0 (it may sleep), max from 1 to 256, and min not above max."
  }
}

variable "instance_count" {
  description = "Machines: the first writes, the others read, in other zones, and take over when it fails."
  type        = number
  nullable    = false
  default     = 1

  validation {
    condition     = var.instance_count >= 1 && var.instance_count <= 16 && floor(var.instance_count) == var.instance_count
    error_message = "instance_count is 1 to 16: not ${var.instance_count}."
  }
}

variable "dns_name" {
  description = "Name in the stack's zone; the same with `-ro` leads to those that only read."
  type        = string
  nullable    = false
  default     = "db"

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$", var.dns_name))
    error_message = "dns_name is small letters, digits and dashes: not \"${var.dns_name}\"."
  }
}

variable "zone_id" {
  description = "Zone for the names. Null takes the stack's; with one of your own give domain_name too."
  type        = string
  default     = null
}

variable "domain_name" {
  description = "Domain of that zone. Null takes the stack's; without any there are no names."
  type        = string
  default     = null
}

variable "database" {
  description = "Name of the first database within. Null takes `name`, with underscores."
  type        = string
  default     = null

  validation {
    condition     = var.database == null || can(regex("^[a-zA-Z_][a-zA-Z0-9_]{0,62}$", var.database))
    error_message = "database is letters, digits and underscores, not beginning with a digit."
  }
}

variable "username" {
  description = "Name of the master user. Null takes `name`, with underscores."
  type        = string
  default     = null

  validation {
    condition     = var.username == null || can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,15}$", var.username)) && !contains(["admin", "rdsadmin", "user"], lower(coalesce(var.username, "x")))
    error_message = "username is up to 16 letters, digits and underscores, beginning with a letter, and none that the engine keeps for itself (admin, rdsadmin, user)."
  }
  validation {
    condition     = var.username != null || length(var.name) <= 16
    error_message = "The name \"${var.name}\" is too long for a user as well (16): give username."
  }
}

variable "port" {
  description = "Port. Null takes the engine's: 5432 or 3306."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.port, 5432) >= 1150 && coalesce(var.port, 5432) <= 65535
    error_message = "port is 1150 to 65535: RDS takes no lower one."
  }
}

variable "backup_retention_period" {
  description = "Days that backups are kept, and to any second of which it can be restored."
  type        = number
  nullable    = false
  default     = 7

  validation {
    condition     = var.backup_retention_period >= 1 && var.backup_retention_period <= 35
    error_message = "backup_retention_period is 1 to 35 days: not ${var.backup_retention_period}."
  }
}

variable "backup_window" {
  description = "When it is backed up, UTC."
  type        = string
  nullable    = false
  default     = "07:00-08:00"

  validation {
    condition     = can(regex("^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$", var.backup_window))
    error_message = "backup_window is hh:mm-hh:mm in UTC, at least 30 minutes: not \"${var.backup_window}\"."
  }
}

variable "maintenance_window" {
  description = "When it may be updated, UTC; not at the time of the backup."
  type        = string
  nullable    = false
  default     = "sun:09:00-sun:10:00"

  validation {
    condition     = can(regex("^(mon|tue|wed|thu|fri|sat|sun):[0-2][0-9]:[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):[0-2][0-9]:[0-5][0-9]$", lower(var.maintenance_window)))
    error_message = "maintenance_window is ddd:hh:mm-ddd:hh:mm in UTC, such as sun:09:00-sun:10:00: not \"${var.maintenance_window}\"."
  }
}

variable "performance_insights" {
  description = "Keeps a week of what the database waited for."
  type        = bool
  nullable    = false
  default     = true
}

variable "apply_immediately" {
  description = "Changes at once what would wait for the maintenance window; some of it restarts the database."
  type        = bool
  nullable    = false
  default     = false
}

variable "allow_major_version_upgrade" {
  description = "Allows a new major version, which cannot be undone."
  type        = bool
  nullable    = false
  default     = false
}

variable "parameters" {
  description = "Settings of the engine, name to value."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "static_parameters" {
  description = "Those of `parameters` that take effect only after a restart."
  type        = set(string)
  nullable    = false
  default     = []
}

variable "snapshot_identifier" {
  description = "Snapshot to begin with."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "KMS key of storage and secret. Null takes AWS's own."
  type        = string
  default     = null
}

variable "vpc_id" {
  description = "VPC. Null takes the stack's."
  type        = string
  default     = null

  validation {
    condition     = var.vpc_id != null || var.stack.vpc_id != null
    error_message = "The database \"${var.name}\" has no network: give stack = module.stack, or vpc_id and subnet_ids."
  }
}

variable "subnet_ids" {
  description = "Subnets, in two zones or more. Null takes the stack's internal ones."
  type        = list(string)
  default     = null

  validation {
    condition     = var.subnet_ids != null || var.stack.internal_subnets != null
    error_message = "The database \"${var.name}\" has no network: give stack = module.stack, or vpc_id and subnet_ids."
  }
}

variable "ingress_allow_security_groups" {
  description = "Security groups that may call it. Null takes that of the stack's machines; tasks with addresses of their own have another one."
  type        = list(string)
  default     = null
}

variable "deletion_protection" {
  description = "Refuses to delete it, and takes a last snapshot when that is turned off. Null does so unless the stack says force_destroy."
  type        = bool
  default     = null
}

variable "log_retention_days" {
  description = "Days that the database's logs are kept. Null takes the stack's, else 30."
  type        = number
  default     = null
}

variable "tags" {
  description = "Tags of everything, beside the stack's."
  type        = map(string)
  nullable    = false
  default     = {}
}
