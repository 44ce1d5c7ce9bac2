# The cluster, and what its instances are made of.

variable "name" {
  description = "Name of the cluster, of its auto-scaling group and of its capacity provider."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_-]{0,62}$", var.name))
    error_message = "name must start with a letter and be at most 63 letters, digits, dashes and underscores."
  }

  validation {
    condition     = !can(regex("^(?i)(aws|ecs|fargate)", var.name))
    error_message = "name must not start with aws, ecs or fargate: ECS keeps these for its own capacity providers and would refuse ours at apply."
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

variable "subnet_ids" {
  description = "Ids of the subnets for the instances: private ones, in two zones or more."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "subnet_ids must name at least one subnet."
  }
}

variable "security_groups" {
  description = "Further security groups of the instances, such as the one that lets the bastion in."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "load_balancer_security_groups" {
  description = "Security groups of load balancers that reach containers on the instances, by a name of your choice."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "iam_instance_profile_arn" {
  description = "ARN of the instance profile, as module iam-role makes it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]+:instance-profile/", var.iam_instance_profile_arn))
    error_message = "iam_instance_profile_arn must be the ARN of an instance profile."
  }
}

variable "instance_types" {
  description = "Instance types, all of one CPU architecture; several are mixed, in this order of preference."
  type        = list(string)
  default     = ["m7i.large"]
  nullable    = false

  validation {
    condition     = length(var.instance_types) >= 1 && length(var.instance_types) <= 40 && alltrue([for type in var.instance_types : can(regex("^[a-z0-9-]+[.][a-z0-9-]+$", type))])
    error_message = "instance_types must name 1 to 40 instance types such as m7i.large."
  }

  validation {
    condition     = length(distinct([for type in var.instance_types : can(regex("^(a1|[a-z]+[0-9]+g[a-z]*)[.]", type))])) == 1
    error_message = "instance_types mixes CPU architectures: an image runs on one of them, so take all Graviton (such as m7g.large) or all x86 (such as m7i.large)."
  }
}

variable "spot_percentage" {
  description = "Share of instances bought on the Spot market, which may be taken back with two minutes' notice: 0 to 100."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.spot_percentage >= 0 && var.spot_percentage <= 100 && floor(var.spot_percentage) == var.spot_percentage
    error_message = "spot_percentage must be a whole number from 0 to 100."
  }
}

variable "min_size" {
  description = "Fewest instances."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.min_size >= 0 && floor(var.min_size) == var.min_size
    error_message = "min_size must be a whole number, 0 or more."
  }
}

variable "max_size" {
  description = "Most instances."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.max_size >= 1 && var.max_size >= var.min_size
    error_message = "max_size must be at least 1 and not less than min_size."
  }
}

variable "desired_capacity" {
  description = "Instances at the first start; afterwards ECS adds and removes them as tasks need."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.desired_capacity >= var.min_size && var.desired_capacity <= var.max_size
    error_message = "desired_capacity must lie between min_size and max_size."
  }
}

variable "target_capacity" {
  description = "Percentage of the instances that ECS fills with tasks, 1 to 100; what is left makes room for a deployment."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.target_capacity >= 1 && var.target_capacity <= 100
    error_message = "target_capacity must lie between 1 and 100 percent."
  }
}

variable "managed_termination_protection" {
  description = "Never end an instance that runs tasks when there are too many."
  type        = bool
  default     = true
  nullable    = false
}

variable "force_delete" {
  description = "End the instances with the group at terraform destroy, protected or not; off, destroy waits until someone has removed the protection by hand. Services are gone by then."
  type        = bool
  default     = true
  nullable    = false
}

variable "root_volume_size" {
  description = "Size of an instance's disk in GiB, which also holds images and containers."
  type        = number
  default     = 50
  nullable    = false

  validation {
    condition     = var.root_volume_size >= 30 && var.root_volume_size <= 16384
    error_message = "root_volume_size must be 30 to 16384 GiB: ECS-optimised images need 30."
  }
}

variable "volume_kms_key_arn" {
  description = "KMS key of the disks; null for the account's EBS key. Auto Scaling's service-linked role must be allowed to use it."
  type        = string
  default     = null
}

variable "ami_id" {
  description = "Id of the machine image; null finds it by ami_ssm_parameter."
  type        = string
  default     = null

  validation {
    condition     = var.ami_id == null || can(regex("^ami-[0-9a-f]+$", var.ami_id))
    error_message = "ami_id must be the id of an image, such as ami-0123456789abcdef0."
  }
}

variable "ami_ssm_parameter" {
  description = "SSM parameter that names the machine image, read when an instance starts, so that a new image makes no plan; null takes AWS's newest ECS-optimised Amazon Linux 2023."
  type        = string
  default     = null

  validation {
    condition     = var.ami_ssm_parameter == null || can(regex("^/[a-zA-Z0-9_./-]+$", var.ami_ssm_parameter))
    error_message = "ami_ssm_parameter must be the full name of an SSM parameter, such as /stack/ami/ecs/x86_64."
  }

  validation {
    condition     = var.ami_ssm_parameter == null || var.ami_id == null
    error_message = "ami_id and ami_ssm_parameter both name the image: give one of them."
  }
}

variable "ecs_logs" {
  description = "Where the log agent comes from: image, package or none."
  type        = string
  default     = "none"
  nullable    = false

  validation {
    condition     = contains(["image", "package", "none"], var.ecs_logs)
    error_message = "ecs_logs must be image, package or none."
  }
}

variable "ecs_logs_package" {
  description = "Package of the log agent that instances install, with ecs_logs = \"package\": an https address that ends in .rpm or .deb, and its SHA-256."
  type = object({
    url    = string
    sha256 = string
  })
  default = null
}

variable "instance_attributes" {
  description = "Further attributes of the container instances, by which tasks can ask for them."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "ecs_config" {
  description = "Further settings of the ECS agent, such as { ECS_IMAGE_PULL_BEHAVIOR = \"prefer-cached\" }."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "extra_user_data" {
  description = "Shell commands that instances run at the end of their first start."
  type        = string
  default     = ""
  nullable    = false
}

variable "key_name" {
  description = "EC2 key pair for SSH; null for none: Session Manager needs no key."
  type        = string
  default     = null
}

variable "detailed_monitoring" {
  description = "Metrics of instances every minute instead of every five; costs extra."
  type        = bool
  default     = false
  nullable    = false
}

variable "container_insights" {
  description = "CloudWatch Container Insights: enabled, enhanced (with metrics of each task and container) or disabled."
  type        = string
  default     = "enabled"
  nullable    = false

  validation {
    condition     = contains(["enabled", "enhanced", "disabled"], var.container_insights)
    error_message = "container_insights must be enabled, enhanced or disabled."
  }
}

variable "instance_refresh" {
  description = "Replace instances one after another when what they are made of changes, tasks moved first; off, the change waits for new instances."
  type        = bool
  default     = true
  nullable    = false
}

variable "instance_warmup" {
  description = "Seconds from an instance's start until it counts as in service."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.instance_warmup >= 0 && var.instance_warmup <= 10000
    error_message = "instance_warmup must be 0 to 10000 seconds."
  }
}

variable "max_instance_lifetime_days" {
  description = "Days after which an instance is replaced, and so gets the newest image; null for never."
  type        = number
  default     = null

  validation {
    condition     = var.max_instance_lifetime_days == null || try(var.max_instance_lifetime_days >= 1 && var.max_instance_lifetime_days <= 365, false)
    error_message = "max_instance_lifetime_days must be 1 to 365 days, or null for never."
  }
}

variable "off_hours" {
  description = "When to have no instances at all: cron expressions for stop and start in a time zone; null for never. Services wait for the start. A plan made meanwhile shows the sizes as away, and its apply wakes the cluster."
  type = object({
    stop      = string
    start     = string
    time_zone = optional(string, "Etc/UTC")
  })
  default = null

  validation {
    condition     = var.off_hours == null || try(alltrue([for cron in [var.off_hours.stop, var.off_hours.start] : length(split(" ", cron)) == 5]), false)
    error_message = "off_hours.stop and off_hours.start must be cron expressions of five fields, such as 0 20 * * 1-5."
  }
}

variable "alarm_actions" {
  description = "ARNs that the alarms notify, such as an SNS topic."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "tags" {
  description = "Tags for everything here, the instances and their disks among it."
  type        = map(string)
  default     = {}
  nullable    = false
}
