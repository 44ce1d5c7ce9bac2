variable "stack" {
  description = "The stack it belongs to, `module.stack`. Without one, network and groups are given one by one."
  type = object({
    name             = optional(string)
    environment      = optional(string)
    vpc_id           = optional(string)
    internal_subnets = optional(list(string))
    external_subnets = optional(list(string))
    internal_elb     = optional(string)
    external_elb     = optional(string)
    log_bucket_id    = optional(string)
    tags             = optional(map(string), {})
  })
  nullable = false
  default  = {}
}

variable "name" {
  description = "Name of the load balancer; stack and environment are put before it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", var.name))
    error_message = "The name \"${var.name}\" must be small letters, digits and dashes, beginning with a letter and not ending in a dash."
  }
}

variable "environment" {
  description = "Environment, such as `prod`. Null takes the stack's."
  type        = string
  default     = null
}

variable "load_balancer_name" {
  description = "Whole name of the load balancer, at most 32 characters. Null joins stack, environment and name."
  type        = string
  default     = null

  validation {
    condition     = var.load_balancer_name == null || can(regex("^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$", var.load_balancer_name))
    error_message = "load_balancer_name is 1 to 32 letters, digits and dashes, without a dash at either end."
  }
}

variable "type" {
  description = "`application` for HTTP, `network` for TCP."
  type        = string
  nullable    = false
  default     = "application"

  validation {
    condition     = contains(["application", "network"], var.type)
    error_message = "type is application (HTTP) or network (TCP): not \"${var.type}\"."
  }
}

variable "internal" {
  description = "Reachable from inside the VPC only. False makes it public."
  type        = bool
  nullable    = false
  default     = true
}

variable "port" {
  description = "Port without TLS; given a certificate, it only redirects to 443."
  type        = number
  nullable    = false
  default     = 80

  validation {
    condition     = var.port >= 1 && var.port <= 65535
    error_message = "A port is 1 to 65535: not ${var.port}."
  }
  validation {
    condition     = !(var.type == "application" && var.certificate != null && var.port == 443)
    error_message = "With a certificate 443 is TLS already; port is the one that redirects to it: leave it at 80."
  }
}

variable "certificate" {
  description = "Certificate for HTTPS: `module.certificate`, or `{ arn = \"arn:aws:acm:…\" }`. Null serves HTTP."
  type        = object({ arn = string })
  default     = null
}

variable "ssl_policy" {
  description = "TLS policy of the HTTPS listener. The default takes TLS 1.2 and 1.3."
  type        = string
  nullable    = false
  default     = "ELBSecurityPolicy-TLS13-1-2-2021-06"

  validation {
    condition     = can(regex("^ELBSecurityPolicy-(TLS13-1-[23]|FS-1-2|TLS-1-2)", var.ssl_policy))
    error_message = "ssl_policy must be one that refuses TLS 1.0 and 1.1, such as ELBSecurityPolicy-TLS13-1-2-2021-06: not \"${var.ssl_policy}\"."
  }
}

variable "default_target_group" {
  description = "Target group for requests that no rule takes. Null answers 404."
  type        = object({ arn = string })
  default     = null

  validation {
    condition     = var.type == "application" || var.default_target_group != null
    error_message = "A network load balancer has no rules: give default_target_group."
  }
}

variable "vpc_id" {
  description = "VPC. Null takes the stack's."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Subnets, in two zones or more. Null takes the stack's internal or external ones."
  type        = list(string)
  default     = null
}

variable "security_groups" {
  description = "Security groups. Null takes the stack's for 80 and 443, and else makes one."
  type        = list(string)
  default     = null
}

variable "log_bucket" {
  description = "Bucket for access logs: `module.s3_logs`, `aws_s3_bucket.logs`, or `{ id = \"name\" }`. Null takes the stack's, if it has one."
  type        = object({ id = string })
  default     = null
}

variable "idle_timeout" {
  description = "Seconds after which a connection without traffic is closed."
  type        = number
  nullable    = false
  default     = 60

  validation {
    condition     = var.idle_timeout >= 1 && var.idle_timeout <= 4000
    error_message = "idle_timeout is 1 to 4000 seconds: not ${var.idle_timeout}."
  }
}

variable "deletion_protection" {
  description = "Refuses to delete the load balancer until it is turned off. It holds no data, so that is off."
  type        = bool
  nullable    = false
  default     = false
}

variable "tags" {
  description = "Tags of everything, beside the stack's."
  type        = map(string)
  nullable    = false
  default     = {}
}
