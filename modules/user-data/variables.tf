# What an instance is told when it starts.

variable "cluster" {
  description = "Name of the ECS cluster to join."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,255}$", var.cluster))
    error_message = "cluster must be the name of an ECS cluster: letters, digits, dashes and underscores."
  }
}

variable "region" {
  description = "AWS region, which the log agent writes to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of an AWS region, such as us-west-2."
  }
}

variable "ecs_logs" {
  description = "Where the log agent comes from: image (it is in the machine image), package (ecs_logs_package is installed), none (tasks log without it)."
  type        = string
  default     = "none"
  nullable    = false

  validation {
    condition     = contains(["image", "package", "none"], var.ecs_logs)
    error_message = "ecs_logs must be image, package or none."
  }

  validation {
    condition     = (var.ecs_logs == "package") == (var.ecs_logs_package != null)
    error_message = "ecs_logs = \"package\" and ecs_logs_package belong together: give both or neither."
  }
}

variable "ecs_logs_package" {
  description = "Package of the log agent: where it is downloaded from (https, ending in .rpm or .deb) and its SHA-256."
  type = object({
    url    = string
    sha256 = string
  })
  default = null

  validation {
    condition     = var.ecs_logs_package == null || can(regex("^https://[A-Za-z0-9._~:/?#@!&()*+,;=%-]+[.](rpm|deb)$", var.ecs_logs_package.url))
    error_message = "ecs_logs_package.url must be an https address that ends in .rpm or .deb."
  }

  validation {
    condition     = var.ecs_logs_package == null || can(regex("^[0-9a-f]{64}$", var.ecs_logs_package.sha256))
    error_message = "ecs_logs_package.sha256 must be the package's SHA-256: 64 hexadecimal digits in lower case, as sha256sum prints them."
  }
}

variable "attributes" {
  description = "Further attributes of the container instance, by which tasks can ask for it."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, value in var.attributes : can(regex("^[a-zA-Z0-9_./\\\\:-]{1,128}$", name)) && can(regex("^[a-zA-Z0-9_./\\\\:@-]{1,128}$", value))])
    error_message = "attributes must have names and values of letters, digits, dots, dashes, underscores, slashes and colons."
  }

  validation {
    condition     = !contains(keys(var.attributes), "stack.ecs-logs")
    error_message = "attributes must not set stack.ecs-logs: it is registered where the log agent runs and nowhere else."
  }
}

variable "ecs_config" {
  description = "Further settings of the ECS agent, such as { ECS_IMAGE_PULL_BEHAVIOR = \"prefer-cached\" }; they win over ours."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, value in var.ecs_config : can(regex("^[A-Z][A-Z0-9_]*$", name)) && !can(regex("\n", value))])
    error_message = "ecs_config must have names such as ECS_IMAGE_PULL_BEHAVIOR and values of one line."
  }

  validation {
    condition     = length(setintersection(keys(var.ecs_config), ["ECS_CLUSTER", "ECS_INSTANCE_ATTRIBUTES"])) == 0
    error_message = "ecs_config must not set ECS_CLUSTER or ECS_INSTANCE_ATTRIBUTES: use cluster and attributes."
  }
}

variable "extra_user_data" {
  description = "Shell commands to run at the end; what they do cannot keep the instance from joining."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = length(var.extra_user_data) <= 8192
    error_message = "extra_user_data must be at most 8192 characters: EC2 takes 16 KiB of user data in all. Download a longer script from S3."
  }

  validation {
    condition     = !strcontains(var.extra_user_data, "END_OF_EXTRA_USER_DATA")
    error_message = "extra_user_data must not hold END_OF_EXTRA_USER_DATA, which marks its end."
  }
}
