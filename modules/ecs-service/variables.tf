# Most of these go to module task, which also checks them.

variable "stack" {
  description = "The stack it belongs to, `module.stack`. Without one, name, environment and the rest are given one by one."
  type = object({
    name                    = optional(string)
    environment             = optional(string)
    cluster                 = optional(string)
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

variable "cluster" {
  description = "Name or ARN of the ECS cluster. Null takes the stack's."
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

variable "ports" {
  description = "Ports the container listens on. `host_port` 0 lets ECS pick one."
  type = list(object({
    container_port = number
    host_port      = optional(number, 0)
    protocol       = optional(string, "tcp")
    name           = optional(string)
  }))
  nullable = false
  default  = []
}

variable "network_mode" {
  description = "`bridge`, `awsvpc` or `host`. Null takes bridge, and awsvpc on Fargate."
  type        = string
  default     = null
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

variable "health_check" {
  description = "Docker health check that ECS watches, times in seconds."
  type = object({
    command      = list(string)
    interval     = optional(number, 30)
    timeout      = optional(number, 5)
    retries      = optional(number, 3)
    start_period = optional(number, 0)
  })
  default = null
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

variable "enable_execute_command" {
  description = "Lets `aws ecs execute-command` open a shell in the container."
  type        = bool
  nullable    = false
  default     = false
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

variable "desired_count" {
  description = "Number of tasks; with autoscaling only the first one."
  type        = number
  nullable    = false
  default     = 1

  validation {
    condition     = var.desired_count >= 0 && floor(var.desired_count) == var.desired_count
    error_message = "desired_count is a whole number of 0 or more: not ${var.desired_count}."
  }
}

variable "deployment_minimum_healthy_percent" {
  description = "Share of the tasks that stay up while a deployment rolls."
  type        = number
  nullable    = false
  default     = 100

  validation {
    condition     = var.deployment_minimum_healthy_percent >= 0 && var.deployment_minimum_healthy_percent <= 100
    error_message = "deployment_minimum_healthy_percent is 0 to 100: not ${var.deployment_minimum_healthy_percent}."
  }
  validation {
    condition     = var.deployment_minimum_healthy_percent < 100 || alltrue([for p in var.ports : p.host_port == 0]) || contains(["awsvpc"], coalesce(var.network_mode, "bridge"))
    error_message = "A fixed host_port fits once on each machine, so a new task waits for an old one to stop, which 100 % healthy forbids: set deployment_minimum_healthy_percent below 100, or leave host_port out and let ECS pick one."
  }
}

variable "deployment_maximum_percent" {
  description = "How many tasks, new and old together, may run while a deployment rolls, in percent of the desired ones."
  type        = number
  nullable    = false
  default     = 200

  validation {
    condition     = var.deployment_maximum_percent > var.deployment_minimum_healthy_percent
    error_message = "With deployment_minimum_healthy_percent = ${var.deployment_minimum_healthy_percent} and deployment_maximum_percent = ${var.deployment_maximum_percent} no task may stop and none may start, so no deployment ever ends: raise the maximum (200) or lower the minimum (50)."
  }
  validation {
    condition = (var.desired_count == 0 || var.deployment_maximum_percent <= var.deployment_minimum_healthy_percent || var.autoscaling != null ||
    floor(var.desired_count * var.deployment_maximum_percent / 100) > ceil(var.desired_count * var.deployment_minimum_healthy_percent / 100))
    error_message = "Of ${var.desired_count} tasks, at least ${var.deployment_minimum_healthy_percent} % and at most ${var.deployment_maximum_percent} % are the same number once ECS has rounded, so no deployment ever ends: raise deployment_maximum_percent to 200."
  }
}

variable "autoscaling" {
  description = "Number of tasks by load: between `min` and `max`, so that average `cpu` or `memory` (percent), or `requests` a minute and task, stay at the target. Null keeps `desired_count`."
  type = object({
    min      = number
    max      = number
    cpu      = optional(number)
    memory   = optional(number)
    requests = optional(number)
  })
  default = null

  validation {
    condition     = var.autoscaling == null || try(var.autoscaling.min <= var.autoscaling.max && var.autoscaling.min >= 0, false)
    error_message = "autoscaling.min is 0 or more and not above autoscaling.max."
  }
  validation {
    condition     = var.autoscaling == null || try(length([for t in [var.autoscaling.cpu, var.autoscaling.memory, var.autoscaling.requests] : t if t != null]) > 0, false)
    error_message = "autoscaling needs a target: cpu, memory (percent) or requests (a minute and task), for example { min = 2, max = 10, cpu = 60 }."
  }
}

variable "request_resource_label" {
  description = "Load balancer and target group, as `app/name/id/targetgroup/name/id`, whose requests autoscaling counts."
  type        = string
  default     = null
}

variable "load_balancers" {
  description = "Target groups the tasks join. `depends_on` names the listeners that must stand first."
  type = list(object({
    target_group_arn = string
    container_port   = number
    depends_on       = optional(list(string), [])
  }))
  nullable = false
  default  = []
}

variable "load_balancer_security_groups" {
  description = "Security groups of the load balancer, which tasks with addresses of their own let in."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "health_check_grace_period" {
  description = "Seconds a new task has before a failing health check of the load balancer counts."
  type        = number
  nullable    = false
  default     = 60

  validation {
    condition     = var.health_check_grace_period >= 0
    error_message = "health_check_grace_period is in seconds, 0 or more."
  }
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

  validation {
    condition     = !var.assign_public_ip || anytrue([for name in keys(var.capacity_providers) : startswith(name, "FARGATE")])
    error_message = "Only tasks on Fargate can have a public address: leave assign_public_ip out."
  }
}

variable "wait_for_steady_state" {
  description = "Lets `terraform apply` wait until the deployment is through, and fail if it is rolled back."
  type        = bool
  nullable    = false
  default     = false
}
