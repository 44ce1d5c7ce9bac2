# The network: its range, its zones, and how the private half reaches the world.

variable "name" {
  description = "Name of the network; everything in it is named after it."
  type        = string
  default     = "stack"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9-]{0,31}$", var.name))
    error_message = "name must start with a letter and be at most 32 letters, digits and dashes."
  }
}

variable "environment" {
  description = "Environment the network belongs to, such as prod or staging."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?$", var.environment))
    error_message = "environment must be 1 to 16 lower-case letters, digits and inner dashes, such as prod."
  }
}

variable "cidr" {
  description = "IPv4 range of the VPC, from /16 to /23."
  type        = string
  default     = "10.30.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 23, false)
    error_message = "cidr must be an IPv4 range from /16 to /23, such as 10.30.0.0/16: a smaller network has no room for a load balancer in each zone."
  }
}

variable "availability_zones" {
  description = "Names of the availability zones; null takes the first az_count zones of the region."
  type        = list(string)
  default     = null

  validation {
    condition     = var.availability_zones == null || try(length(var.availability_zones) >= 1 && length(var.availability_zones) <= 4, false)
    error_message = "availability_zones must name 1 to 4 zones, or be null for the first az_count of the region."
  }
}

variable "az_count" {
  description = "How many zones to use when availability_zones is null; all of them where the region has fewer."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.az_count >= 1 && var.az_count <= 4 && floor(var.az_count) == var.az_count
    error_message = "az_count must be 1, 2, 3 or 4: the network is cut into quarters, one a zone."
  }
}

variable "internal_subnets" {
  description = "Ranges of the private subnets, one a zone in their order; null lays them out as module subnets does."
  type        = list(string)
  default     = null

  validation {
    condition     = var.internal_subnets == null || try(alltrue([for cidr in var.internal_subnets : can(cidrnetmask(cidr))]), false)
    error_message = "internal_subnets must be IPv4 ranges such as 10.30.0.0/19."
  }

  validation {
    condition     = var.internal_subnets == null || var.availability_zones == null || try(length(var.internal_subnets) == length(var.availability_zones), false)
    error_message = "internal_subnets must hold one range for each of availability_zones."
  }
}

variable "external_subnets" {
  description = "Ranges of the public subnets, one a zone in their order; null lays them out as module subnets does."
  type        = list(string)
  default     = null

  validation {
    condition     = var.external_subnets == null || try(alltrue([for cidr in var.external_subnets : can(cidrnetmask(cidr))]), false)
    error_message = "external_subnets must be IPv4 ranges such as 10.30.32.0/20."
  }

  validation {
    condition     = var.external_subnets == null || var.availability_zones == null || try(length(var.external_subnets) == length(var.availability_zones), false)
    error_message = "external_subnets must hold one range for each of availability_zones."
  }
}

variable "nat" {
  description = "How private subnets reach the world: per_az (a gateway in each zone, survives the loss of a zone), single (one gateway, a third of the cost), none (not at all: give interface_endpoints)."
  type        = string
  default     = "per_az"
  nullable    = false

  validation {
    condition     = contains(["per_az", "single", "none"], var.nat)
    error_message = "nat must be per_az, single or none."
  }
}

variable "ipv6" {
  description = "Also give the VPC an IPv6 range of Amazon's and each subnet a /64 of it."
  type        = bool
  default     = false
  nullable    = false
}

variable "map_public_ip" {
  description = "Give everything that starts in a public subnet a public address. Off: what needs one asks for it."
  type        = bool
  default     = false
  nullable    = false
}

variable "interface_endpoints" {
  description = "AWS services to reach without leaving the VPC, such as ecr.api, ecr.dkr, logs, ssm, ecs-agent; each costs by the hour and zone."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z][a-z0-9.-]+$", service)) && !startswith(service, "com.")])
    error_message = "interface_endpoints takes short names such as ecr.api, without com.amazonaws.<region>."
  }

  validation {
    condition     = !contains(var.interface_endpoints, "s3")
    error_message = "interface_endpoints must not name s3: the VPC has a gateway endpoint for it, which costs nothing."
  }
}

variable "flow_logs" {
  description = "Write who talks to whom in the VPC to a log group."
  type        = bool
  default     = false
  nullable    = false
}

variable "flow_logs_retention_days" {
  description = "Days that flow logs are kept; 0 for ever."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.flow_logs_retention_days)
    error_message = "flow_logs_retention_days must be one of the numbers CloudWatch Logs knows: 0 (for ever), 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key for the log group of flow logs; null for the service's own key."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for everything here."
  type        = map(string)
  default     = {}
  nullable    = false
}
