# What module task checks is not checked here again.

variable "stack" {
  description = "The stack it belongs to, `module.stack`. Without one, name, environment and the rest are given one by one."
  type = object({
    name                    = optional(string)
    environment             = optional(string)
    cluster_arn             = optional(string)
    capacity_provider       = optional(string)
    vpc_id                  = optional(string)
    internal_subnets        = optional(list(string))
    architecture            = optional(string)
    log_driver              = optional(string)
    log_placement_attribute = optional(string)
    log_group_prefix        = optional(string)
    log_retention_days      = optional(number)
    log_kms_key_arn         = optional(string)
    force_destroy           = optional(bool)
    tags                    = optional(map(string), {})
  })
  nullable = false
  default  = {}
}

variable "name" {
  description = "Name of the task and of its container: small letters, digits and dashes."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,61}[a-z0-9]$", var.name))
    error_message = "The name \"${var.name}\" must be 2 to 63 small letters, digits and dashes, beginning with a letter: it becomes a DNS name, a log group and a role."
  }
}

variable "environment" {
  description = "Environment, such as `prod` or `staging`. Null takes the stack's."
  type        = string
  default     = null
}

variable "schedule" {
  description = "When it runs: `rate(5 minutes)`, `cron(0 3 * * ? *)` or `at(2030-01-01T00:00:00)`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(rate\\([1-9][0-9]* (minute|hour|day)s?\\)|cron\\((\\S+ ){5}\\S+\\)|at\\([0-9-]+T[0-9:]+\\))$", var.schedule))
    error_message = "schedule is rate(5 minutes), cron(0 3 * * ? *) with six fields, or at(2030-01-01T00:00:00): not \"${var.schedule}\"."
  }
}

variable "timezone" {
  description = "Time zone of cron and at, such as `Europe/Berlin`."
  type        = string
  nullable    = false
  default     = "UTC"
}

variable "enabled" {
  description = "Whether the clock runs. False keeps everything and starts nothing."
  type        = bool
  nullable    = false
  default     = true
}

variable "cluster_arn" {
  description = "ARN of the ECS cluster. Null takes the stack's."
  type        = string
  default     = null
}

variable "image" {
  description = "Docker image: `nginx`, `nginx:1.27`, or a repository in ECR, to which the right to pull is then limited."
  type        = string
  nullable    = false
}

variable "image_tag" {
  description = "Tag or `sha256:` digest of the image. Null takes what `image` says, else `latest` with a warning."
  type        = string
  default     = null
}

variable "image_ssm_parameter" {
  description = "Name of an SSM parameter that holds the tag. Whoever deploys writes it; Terraform reads it at plan and so never brings an old image back."
  type        = string
  default     = null
}

variable "cpu" {
  description = "CPU shares (1024 = one core)."
  type        = number
  nullable    = false
  default     = 256
}

variable "memory" {
  description = "Memory limit in MiB."
  type        = number
  default     = 512
}

variable "memory_reservation" {
  description = "Memory in MiB that is kept free for the container, below its limit. Null reserves `memory`."
  type        = number
  default     = null
}

variable "command" {
  description = "Command, word by word, instead of the image's own."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "entry_point" {
  description = "Entry point, word by word, instead of the image's own."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "env_vars" {
  description = "Environment variables, name to value. They win over those we inject: AWS_REGION, STACK_NAME, STACK_ENV, SERVICE_NAME and the links."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "secrets" {
  description = "Environment variables with the ARN of a Secrets Manager secret or SSM parameter as value. Only this task may read them."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "secrets_kms_key_arns" {
  description = "KMS keys, other than AWS's own, with which the secrets are encrypted."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "links" {
  description = "Services it talks to: `{ beacon = module.beacon }` gives BEACON_URL."
  type        = map(object({ url = string }))
  nullable    = false
  default     = {}
}

variable "capacity_providers" {
  description = "Capacity providers by name with their share: `{ FARGATE = { base = 1 }, FARGATE_SPOT = { weight = 4 } }`. Empty takes the stack's."
  type = map(object({
    weight = optional(number, 1)
    base   = optional(number, 0)
  }))
  nullable = false
  default  = {}

  validation {
    condition     = length(distinct([for name in keys(var.capacity_providers) : startswith(name, "FARGATE")])) <= 1
    error_message = "ECS does not mix Fargate and machines of yours in one service: ${join(", ", keys(var.capacity_providers))}."
  }
  validation {
    condition     = length([for p in values(var.capacity_providers) : p if p.base > 0]) <= 1 && alltrue([for p in values(var.capacity_providers) : p.weight >= 0 && p.weight <= 1000 && p.base >= 0])
    error_message = "A capacity provider's weight is 0 to 1000, and only one of them may have a base."
  }
  validation {
    condition     = alltrue([for name in keys(var.capacity_providers) : !can(regex("^(?i)(aws|ecs|fargate)", name)) || contains(["FARGATE", "FARGATE_SPOT"], name)])
    error_message = "No capacity provider's name begins with aws, ecs or fargate, but FARGATE and FARGATE_SPOT themselves: ${join(", ", keys(var.capacity_providers))}."
  }
}

variable "network_mode" {
  description = "`bridge`, `awsvpc` or `host`. Null takes bridge, and awsvpc on Fargate."
  type        = string
  default     = null
}

variable "vpc_id" {
  description = "VPC of the tasks, with network mode awsvpc. Null takes the stack's."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Subnets of the tasks, with network mode awsvpc. Null takes the stack's internal ones."
  type        = list(string)
  default     = null
}

variable "security_groups" {
  description = "Security groups of the tasks, with network mode awsvpc. Null makes one that lets the load balancer in."
  type        = list(string)
  default     = null
}

variable "assign_public_ip" {
  description = "Gives each task a public address, for Fargate in public subnets without NAT."
  type        = bool
  nullable    = false
  default     = false
}

variable "architecture" {
  description = "CPU architecture, `X86_64` or `ARM64`. Null takes the stack's, else X86_64."
  type        = string
  default     = null
}

variable "log_driver" {
  description = "Log driver. Null takes the stack's choice: `journald`, shipped by ecs-logs, or `awslogs`."
  type        = string
  default     = null
}

variable "log_options" {
  description = "Further options of the log driver."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "log_group_name" {
  description = "Log group. Null takes `/<stack>/<environment>/<name>`; 2016 had the bare name."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days logs are kept; 0 is for ever. Null takes the stack's, else 30."
  type        = number
  default     = null
}

variable "volumes" {
  description = "Volumes by name: mounted at `path`, from the EFS file system `efs_id`, the machine's `host_path`, or else an empty one for the task's life."
  type = map(object({
    path      = string
    read_only = optional(bool, false)
    host_path = optional(string)
    efs_id    = optional(string)
  }))
  nullable = false
  default  = {}
}

variable "ulimits" {
  description = "Limits by name: `{ nofile = 65536 }`."
  type        = map(number)
  nullable    = false
  default     = {}
}

variable "readonly_root_filesystem" {
  description = "Mounts the container's root file system read-only."
  type        = bool
  nullable    = false
  default     = false
}

variable "user" {
  description = "User the container runs as. Null takes the image's."
  type        = string
  default     = null
}

variable "stop_timeout" {
  description = "Seconds between SIGTERM and SIGKILL."
  type        = number
  nullable    = false
  default     = 30
}

variable "sidecars" {
  description = "Further containers of the task, each as JSON: `[module.router.json]` of module container-definition."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "repository_credentials" {
  description = "ARN of the Secrets Manager secret with user and password of a private registry."
  type        = string
  default     = null
}

variable "role" {
  description = "Role the program runs as, for example `aws_iam_role.app`. Null makes one that may do nothing but what `policies` say."
  type = object({
    arn  = string
    name = string
  })
  default = null
}

variable "policies" {
  description = "IAM policies of the program by name, as JSON: `{ mail = jsonencode({ … }) }`."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary of both roles."
  type        = string
  default     = null
}

variable "force_destroy" {
  description = "Deregisters old revisions too, for stacks that come and go. Null takes the stack's, else false."
  type        = bool
  default     = null
}

variable "tags" {
  description = "Tags of everything, beside the stack's."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "window_minutes" {
  description = "Starts it at some time within this many minutes, so that not all tasks start at once. 0 is on the dot."
  type        = number
  nullable    = false
  default     = 0

  validation {
    condition     = var.window_minutes >= 0 && var.window_minutes <= 1440
    error_message = "window_minutes is 0 (on the dot) to 1440."
  }
}

variable "task_count" {
  description = "Tasks to start each time."
  type        = number
  nullable    = false
  default     = 1

  validation {
    condition     = var.task_count >= 1 && var.task_count <= 10
    error_message = "task_count is 1 to 10: ECS starts no more at once."
  }
}

variable "retries" {
  description = "How often a start that failed, for want of room for instance, is tried again within the hour."
  type        = number
  nullable    = false
  default     = 10

  validation {
    condition     = var.retries >= 0 && var.retries <= 185
    error_message = "retries is 0 to 185."
  }
}

variable "dead_letter_queue" {
  description = "SQS queue that is told of a start that was given up, such as `aws_sqs_queue.failed`."
  type        = object({ arn = string })
  default     = null
}
