# The stack. Two inputs are required: name and environment; everything else has a default that suits production.

variable "name" {
  description = "Name of the stack; everything in it is named after it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,18}[a-z0-9]$", var.name))
    error_message = "name must be 2 to 20 lower-case letters, digits and inner dashes, starting with a letter, such as segment."
  }

  validation {
    condition     = !can(regex("^(aws|ecs|fargate)", var.name))
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

variable "profile" {
  description = "Cost profile: prod (a NAT gateway in each zone, three instances at first) or dev (one NAT gateway, one smaller Graviton instance on the Spot market). What is set by name wins."
  type        = string
  default     = "prod"
  nullable    = false

  validation {
    condition     = contains(["prod", "dev"], var.profile)
    error_message = "profile must be prod or dev."
  }
}

# Network

variable "cidr" {
  description = "IPv4 range of the VPC, from /16 to /23; give a second region another, such as 10.31.0.0/16."
  type        = string
  default     = "10.30.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr))
    error_message = "cidr must be an IPv4 range such as 10.30.0.0/16."
  }

  validation {
    condition     = !can(cidrnetmask(var.cidr)) || try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 23, false)
    error_message = "cidr must be from /16 to /23: AWS allows no larger VPC, and a smaller one is too small for its zones, where a load balancer needs a /27 in each."
  }

  validation {
    condition     = !can(cidrnetmask(var.cidr)) || try(cidrsubnet(var.cidr, 0, 0) == var.cidr, false)
    error_message = "cidr must start at the first address of its range, as 10.30.0.0/16 does."
  }
}

variable "availability_zones" {
  description = "Names of the availability zones; null takes the first az_count zones of the region."
  type        = list(string)
  default     = null

  validation {
    condition     = var.availability_zones == null || try(length(var.availability_zones) >= 2 && length(var.availability_zones) <= 4, false)
    error_message = "availability_zones must name 2 to 4 zones: a load balancer needs two, and the network is cut into quarters."
  }
}

variable "az_count" {
  description = "How many zones to use when availability_zones is null; all of them where the region has fewer."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.az_count >= 2 && var.az_count <= 4 && floor(var.az_count) == var.az_count
    error_message = "az_count must be 2, 3 or 4: a load balancer needs two zones, and the network is cut into quarters."
  }
}

variable "nat" {
  description = "How private subnets reach the world: per_az (a gateway in each zone), single (one, a third of the cost) or none (interface_endpoints for what ECS needs). Null follows profile."
  type        = string
  default     = null

  validation {
    condition     = var.nat == null || try(contains(["per_az", "single", "none"], var.nat), false)
    error_message = "nat must be per_az, single or none."
  }

  validation {
    condition     = var.nat != "none" || length(setsubtract(["ecs", "ecs-agent", "ecs-telemetry", "ecr.api", "ecr.dkr", "logs"], var.interface_endpoints)) == 0
    error_message = "nat = \"none\" leaves instances without a way to ECS: put ecs, ecs-agent, ecs-telemetry, ecr.api, ecr.dkr and logs into interface_endpoints (and ssm, ssmmessages for Session Manager)."
  }
}

variable "interface_endpoints" {
  description = "AWS services to reach without leaving the VPC, such as ecr.api, ecr.dkr, logs; each costs by the hour and zone."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "flow_logs" {
  description = "Write who talks to whom in the VPC to a log group."
  type        = bool
  default     = false
  nullable    = false
}

# Names

variable "domain_name" {
  description = "Name of the private DNS zone in which services have theirs. Names under .local belong to multicast DNS; they work inside the VPC, where DHCP names the zone. For hosts elsewhere take one such as prod.internal."
  type        = string
  default     = "stack.local"
  nullable    = false
}

variable "dns" {
  description = "private: a zone domain_name that only the VPC sees. none: no zone; services then have no name unless given a zone."
  type        = string
  default     = "private"
  nullable    = false

  validation {
    condition     = contains(["private", "none"], var.dns)
    error_message = "dns must be private or none."
  }
}

variable "dhcp" {
  description = "stack: hosts search domain_name. aws: they keep the region's options."
  type        = string
  default     = "stack"
  nullable    = false

  validation {
    condition     = contains(["stack", "aws"], var.dhcp)
    error_message = "dhcp must be stack or aws."
  }
}

# Bastion

variable "bastion" {
  description = "instance: a small machine, by Session Manager or, from bastion_allowed_cidrs, SSH. endpoint: an EC2 Instance Connect Endpoint. none: neither; Session Manager still reaches the instances."
  type        = string
  default     = "instance"
  nullable    = false

  validation {
    condition     = contains(["instance", "endpoint", "none"], var.bastion)
    error_message = "bastion must be instance, endpoint or none."
  }
}

variable "bastion_allowed_cidrs" {
  description = "IPv4 ranges from which the bastion may be reached by SSH; empty closes the port."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.bastion_allowed_cidrs : can(cidrnetmask(cidr))])
    error_message = "bastion_allowed_cidrs must be IPv4 ranges such as 203.0.113.7/32."
  }

  validation {
    condition     = var.allow_world_ssh || alltrue([for cidr in var.bastion_allowed_cidrs : try(tonumber(split("/", cidr)[1]) >= 8, true)])
    error_message = "bastion_allowed_cidrs opens SSH to the world: name your own addresses, such as 203.0.113.7/32, or leave it empty and use Session Manager. If it is meant, set allow_world_ssh = true."
  }
}

variable "allow_world_ssh" {
  description = "Accept ranges wider than /8 in bastion_allowed_cidrs, 0.0.0.0/0 among them."
  type        = bool
  default     = false
  nullable    = false
}

variable "key_name" {
  description = "EC2 key pair for SSH to bastion and instances; null for none."
  type        = string
  default     = null
}

# Cluster

variable "instance_types" {
  description = "Instance types of the cluster, all of one CPU architecture; several are mixed, in this order of preference. Null follows profile: m7i.large, or t4g.medium for dev."
  type        = list(string)
  default     = null

  validation {
    condition     = var.instance_types == null || try(length(var.instance_types) >= 1 && alltrue([for type in var.instance_types : can(regex("^[a-z0-9-]+[.][a-z0-9-]+$", type))]), false)
    error_message = "instance_types must name one instance type or more, such as m7i.large."
  }

  validation {
    condition     = var.instance_types == null || try(length(distinct([for type in var.instance_types : can(regex("^(a1|[a-z]+[0-9]+g[a-z]*)[.]", type))])) == 1, false)
    error_message = "instance_types mixes CPU architectures: an image runs on one of them, so take all Graviton (such as m7g.large) or all x86 (such as m7i.large)."
  }
}

variable "spot_percentage" {
  description = "Share of instances bought on the Spot market, which may be taken back with two minutes' notice: 0 to 100. Null follows profile: 0, or 100 for dev."
  type        = number
  default     = null

  validation {
    condition     = var.spot_percentage == null || try(var.spot_percentage >= 0 && var.spot_percentage <= 100, false)
    error_message = "spot_percentage must lie between 0 and 100."
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
  description = "Instances at the first start; afterwards ECS adds and removes them as tasks need. Null follows profile: 3, or 1 for dev, within min_size and max_size."
  type        = number
  default     = null

  validation {
    condition     = var.desired_capacity == null || try(var.desired_capacity >= var.min_size && var.desired_capacity <= var.max_size, false)
    error_message = "desired_capacity must lie between min_size and max_size."
  }
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

variable "ami_id" {
  description = "Id of the machine image; null finds it by a parameter."
  type        = string
  default     = null

  validation {
    condition     = var.ami_id == null || can(regex("^ami-[0-9a-f]+$", var.ami_id))
    error_message = "ami_id must be the id of an image, such as ami-0123456789abcdef0."
  }
}

variable "ami_ssm_parameter" {
  description = "SSM parameter that names the machine image. Null takes /stack/ami/ecs/<architecture>, our image with ecs-logs, when logs go by it, else AWS's newest ECS-optimised Amazon Linux 2023."
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

variable "extra_user_data" {
  description = "Shell commands that instances run at the end of their first start."
  type        = string
  default     = ""
  nullable    = false
}

variable "container_insights" {
  description = "CloudWatch Container Insights: enabled, enhanced (with metrics of each task and container) or disabled. Null follows profile: enabled, or disabled for dev."
  type        = string
  default     = null

  validation {
    condition     = var.container_insights == null || try(contains(["enabled", "enhanced", "disabled"], var.container_insights), false)
    error_message = "container_insights must be enabled, enhanced or disabled."
  }
}

variable "off_hours" {
  description = "When to have no instances at all: cron expressions for stop and start in a time zone, such as { stop = \"0 20 * * 1-5\", start = \"0 7 * * 1-5\", time_zone = \"Europe/Berlin\" }; null for never."
  type = object({
    stop      = string
    start     = string
    time_zone = optional(string, "Etc/UTC")
  })
  default = null
}

# Logs

variable "logs" {
  description = "How containers log to CloudWatch. ecs-logs: through journald and the agent, which loses nothing when CloudWatch is slow. awslogs: by Docker's own driver, on any image. auto: ecs-logs if there is an image or a package with it at the first apply, else awslogs; it stays so."
  type        = string
  default     = "auto"
  nullable    = false

  validation {
    condition     = contains(["auto", "ecs-logs", "awslogs"], var.logs)
    error_message = "logs must be auto, ecs-logs or awslogs."
  }
}

variable "ecs_logs_package" {
  description = "Package of ecs-logs that instances install when their image has none: an https address that ends in .rpm or .deb, and its SHA-256."
  type = object({
    url    = string
    sha256 = string
  })
  default = null

  validation {
    condition     = var.ecs_logs_package == null || can(regex("^https://.+[.](rpm|deb)$", var.ecs_logs_package.url))
    error_message = "ecs_logs_package.url must be an https address that ends in .rpm or .deb."
  }

  validation {
    condition     = var.ecs_logs_package == null || can(regex("^[0-9a-f]{64}$", var.ecs_logs_package.sha256))
    error_message = "ecs_logs_package.sha256 must be the package's SHA-256: 64 hexadecimal digits in lower case, as sha256sum prints them."
  }

  validation {
    condition     = var.ecs_logs_package == null || var.logs != "awslogs"
    error_message = "ecs_logs_package is of no use with logs = \"awslogs\": leave one of them out."
  }
}

variable "log_retention_days" {
  description = "Days that log groups keep events; 0 for ever. Null follows profile: 30, or 7 for dev."
  type        = number
  default     = null

  validation {
    condition     = var.log_retention_days == null || try(contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days), false)
    error_message = "log_retention_days must be one of the numbers CloudWatch Logs knows: 0 (for ever), 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key for log groups, which must let the service logs use it; null for the service's own key."
  type        = string
  default     = null

  validation {
    condition     = var.log_kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:", var.log_kms_key_arn))
    error_message = "log_kms_key_arn must be the ARN of a KMS key."
  }
}

variable "load_balancer_logs" {
  description = "bucket: load balancers write their access logs to a bucket. none: they write none."
  type        = string
  default     = "bucket"
  nullable    = false

  validation {
    condition     = contains(["bucket", "none"], var.load_balancer_logs)
    error_message = "load_balancer_logs must be bucket or none."
  }
}

variable "load_balancer_logs_expiration_days" {
  description = "Days after which access logs are deleted; 0 keeps them for ever."
  type        = number
  default     = 90
  nullable    = false
}

# All of it

variable "alarm_actions" {
  description = "ARNs that alarms notify, such as an SNS topic."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary of all roles; null for none."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Let terraform destroy take data with it: buckets with objects, zones with records of others, databases without a last snapshot."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags for everything in the stack."
  type        = map(string)
  default     = {}
  nullable    = false
}
