# What module ecs-service or task checks is not checked here again.

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

variable "desired_count" {
  description = "Number of tasks; with autoscaling only the first one."
  type        = number
  nullable    = false
  default     = 1
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
}

variable "deployment_minimum_healthy_percent" {
  description = "Share of the tasks that stay up while a deployment rolls."
  type        = number
  nullable    = false
  default     = 100
}

variable "deployment_maximum_percent" {
  description = "How many tasks, new and old together, may run while a deployment rolls, in percent of the desired ones."
  type        = number
  nullable    = false
  default     = 200
}

variable "capacity_providers" {
  description = "Capacity providers by name with their share: `{ FARGATE = { base = 1 }, FARGATE_SPOT = { weight = 4 } }`. Empty takes the stack's."
  type = map(object({
    weight = optional(number, 1)
    base   = optional(number, 0)
  }))
  nullable = false
  default  = {}
}

variable "network_mode" {
  description = "`bridge`, `awsvpc` or `host`. Null takes bridge, and awsvpc on Fargate."
  type        = string
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

variable "sidecars" {
  description = "Further containers of the task, each as JSON: `[module.router.json]` of module container-definition."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "stop_timeout" {
  description = "Seconds between SIGTERM and SIGKILL."
  type        = number
  nullable    = false
  default     = 30
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

variable "wait_for_steady_state" {
  description = "Lets `terraform apply` wait until the deployment is through, and fail if it is rolled back."
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
