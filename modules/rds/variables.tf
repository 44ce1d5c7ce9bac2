variable "stack" {
  description = "The stack it belongs to, `module.stack`. Without one, network and callers are given one by one."
  type = object({
    name                          = optional(string)
    environment                   = optional(string)
    vpc_id                        = optional(string)
    internal_subnets              = optional(list(string))
    ecs_cluster_security_group_id = optional(string)
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
  description = "`postgres`, `mysql` or `mariadb`."
  type        = string
  nullable    = false
  default     = "postgres"

  validation {
    condition     = contains(["postgres", "mysql", "mariadb"], var.engine)
    error_message = "engine is postgres, mysql or mariadb (for Aurora take module rds-cluster): not \"${var.engine}\"."
  }
}

variable "engine_version" {
  description = "Version of the engine; with the major one alone AWS keeps it up to date."
  type        = string
  nullable    = false
  default     = "17"

  validation {
    condition     = can(regex("^[0-9]+([.][0-9]+)*$", var.engine_version)) && (var.engine == "postgres" || can(regex("^[0-9]+[.][0-9]+", var.engine_version)))
    error_message = "engine_version is a number such as 17 for postgres, 8.4 for mysql, 11.4 for mariadb: not \"${var.engine_version}\"."
  }
}

variable "instance_class" {
  description = "Size of the machine."
  type        = string
  nullable    = false
  default     = "db.t4g.micro"

  validation {
    condition     = startswith(var.instance_class, "db.")
    error_message = "instance_class begins with db., for example db.t4g.micro: not \"${var.instance_class}\"."
  }
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

variable "storage_type" {
  description = "`gp3`, `io1` or `io2`."
  type        = string
  nullable    = false
  default     = "gp3"

  validation {
    condition     = contains(["gp2", "gp3", "io1", "io2"], var.storage_type)
    error_message = "storage_type is gp3, gp2, io1 or io2: not \"${var.storage_type}\"."
  }
}

variable "allocated_storage" {
  description = "Storage in GiB at the beginning."
  type        = number
  nullable    = false
  default     = 20

  validation {
    condition     = var.allocated_storage >= 20
    error_message = "allocated_storage is at least 20 GiB: not ${var.allocated_storage}."
  }
}

variable "max_allocated_storage" {
  description = "Storage in GiB up to which it grows by itself; 0 keeps it as it is."
  type        = number
  nullable    = false
  default     = 100

  validation {
    condition     = var.max_allocated_storage == 0 || var.max_allocated_storage > var.allocated_storage
    error_message = "max_allocated_storage is 0 (it does not grow) or above allocated_storage."
  }
}

variable "multi_az" {
  description = "Keeps a second one in another zone, which takes over by itself."
  type        = bool
  nullable    = false
  default     = false
}

variable "backup_retention_period" {
  description = "Days that backups are kept, and to any second of which it can be restored."
  type        = number
  nullable    = false
  default     = 7

  validation {
    condition     = var.backup_retention_period >= 0 && var.backup_retention_period <= 35
    error_message = "backup_retention_period is 0 (no backups) to 35 days: not ${var.backup_retention_period}."
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

variable "monitoring_interval" {
  description = "Seconds between the operating system's metrics; 0 takes none."
  type        = number
  nullable    = false
  default     = 0

  validation {
    condition     = contains([0, 1, 5, 10, 15, 30, 60], var.monitoring_interval)
    error_message = "monitoring_interval is 0, 1, 5, 10, 15, 30 or 60 seconds: not ${var.monitoring_interval}."
  }
}

variable "monitoring_role_arn" {
  description = "Role that writes these metrics."
  type        = string
  default     = null

  validation {
    condition     = var.monitoring_interval == 0 || var.monitoring_role_arn != null
    error_message = "monitoring_interval needs monitoring_role_arn, a role with AmazonRDSEnhancedMonitoringRole."
  }
}

variable "performance_insights" {
  description = "Keeps a week of what the database waited for. The smallest machines of MySQL and MariaDB cannot."
  type        = bool
  nullable    = false
  default     = true

  validation {
    condition     = !var.performance_insights || var.engine == "postgres" || !can(regex("^db[.]t[234]g?[.](micro|small)$", var.instance_class))
    error_message = "${var.instance_class} has no performance insights with ${var.engine}: set performance_insights = false or take a larger machine."
  }
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

variable "publicly_accessible" {
  description = "Gives it a public address. Reach it through the bastion instead."
  type        = bool
  nullable    = false
  default     = false
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

variable "ingress_allow_cidr_blocks" {
  description = "Address ranges that may call it."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for cidr in var.ingress_allow_cidr_blocks : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")])
    error_message = "ingress_allow_cidr_blocks are ranges such as 10.0.0.0/16, and never the whole world."
  }
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
