# Whose roles these are, and how far they reach.

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

variable "cluster" {
  description = "Name of the ECS cluster that the instances belong to; null takes <name>-<environment>."
  type        = string
  default     = null
}

variable "log_group_prefix" {
  description = "Beginning of the names of the log groups that may be written to; null takes /<name>/<environment>."
  type        = string
  default     = null

  validation {
    condition     = var.log_group_prefix == null || try(can(regex("^[a-zA-Z0-9_/.#-]+$", var.log_group_prefix)) && !endswith(var.log_group_prefix, "/"), false)
    error_message = "log_group_prefix may hold letters, digits, _ / . # and -, and no / at its end: groups are named <prefix>/<service>."
  }
}

variable "create_log_groups" {
  description = "Let instances make log groups and set their retention. Off: Terraform makes the groups of services."
  type        = bool
  default     = false
  nullable    = false
}

variable "ecr_repository_arns" {
  description = "ECR repositories that images may be pulled from; null takes all of this account, in any region."
  type        = list(string)
  default     = null

  validation {
    condition     = alltrue([for arn in coalesce(var.ecr_repository_arns, []) : can(regex("^arn:[a-z-]+:ecr:[a-z0-9*-]*:[0-9*]*:repository/.+$", arn))])
    error_message = "ecr_repository_arns must be ARNs such as arn:aws:ecr:us-west-2:111122223333:repository/web."
  }
}

variable "secret_arns" {
  description = "Secrets and parameters that the shared execution role may read. Services with secrets have a role of their own instead."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.secret_arns : can(regex("^arn:[a-z-]+:(secretsmanager|ssm):", arn))])
    error_message = "secret_arns must be ARNs of Secrets Manager secrets or SSM parameters."
  }
}

variable "session_manager" {
  description = "Let Session Manager open a shell on the instances: no port, no key."
  type        = bool
  default     = true
  nullable    = false
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary of the roles; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::", var.permissions_boundary))
    error_message = "permissions_boundary must be the ARN of an IAM policy."
  }
}

variable "path" {
  description = "Path of the roles."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = startswith(var.path, "/") && endswith(var.path, "/")
    error_message = "path must start and end with /, such as /stack/."
  }
}

variable "tags" {
  description = "Tags for everything here."
  type        = map(string)
  default     = {}
  nullable    = false
}
