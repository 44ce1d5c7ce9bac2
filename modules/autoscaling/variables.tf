variable "cluster" {
  description = "Name or ARN of the ECS cluster."
  type        = string
  nullable    = false
}

variable "service" {
  description = "Name of the ECS service."
  type        = string
  nullable    = false
}

variable "min" {
  description = "Fewest tasks."
  type        = number
  nullable    = false
  default     = 1

  validation {
    condition     = var.min >= 0 && floor(var.min) == var.min
    error_message = "min is a whole number of tasks, 0 or more: not ${var.min}."
  }
}

variable "max" {
  description = "Most tasks."
  type        = number
  nullable    = false

  validation {
    condition     = var.max >= var.min
    error_message = "max (${var.max}) must not be below min (${var.min})."
  }
}

variable "cpu" {
  description = "Average CPU use, in percent of what the tasks reserve, to hold. Null does not look at it."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.cpu, 50) > 0 && coalesce(var.cpu, 50) <= 100
    error_message = "cpu is a percentage above 0, at most 100: not ${coalesce(var.cpu, 50)}."
  }
  validation {
    condition     = length([for t in [var.cpu, var.memory, var.requests] : t if t != null]) > 0
    error_message = "Autoscaling needs a target: cpu, memory (percent) or requests (a minute and task)."
  }
}

variable "memory" {
  description = "Average memory use, in percent, to hold. Null does not look at it."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.memory, 50) > 0 && coalesce(var.memory, 50) <= 100
    error_message = "memory is a percentage above 0, at most 100: not ${coalesce(var.memory, 50)}."
  }
}

variable "requests" {
  description = "Requests a minute and task to hold. Null does not look at them."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.requests, 1) > 0
    error_message = "requests is a number a minute and task, above 0."
  }
}

variable "request_resource_label" {
  description = "Load balancer and target group whose requests count: `app/name/id/targetgroup/name/id`."
  type        = string
  default     = null

  validation {
    condition     = var.requests == null || var.request_resource_label != null
    error_message = "requests are counted at an HTTP load balancer, and this service has none: use cpu or memory."
  }
}

variable "scale_out_cooldown" {
  description = "Seconds to wait after tasks were added."
  type        = number
  nullable    = false
  default     = 60
}

variable "scale_in_cooldown" {
  description = "Seconds to wait after tasks were taken away: longer, for too few hurt more than too many."
  type        = number
  nullable    = false
  default     = 300
}

variable "tags" {
  description = "Tags of the scaling target."
  type        = map(string)
  nullable    = false
  default     = {}
}
