variable "stack" {
  description = "The stack it belongs to, `module.stack`. Without one, name, environment and the rest are given one by one."
  type = object({
    name                    = optional(string)
    environment             = optional(string)
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

variable "family" {
  description = "Family of the task definition. Null joins stack, environment and name, so that two stacks in one account never share revisions."
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

  validation {
    condition     = var.image_ssm_parameter == null || var.image_tag == null
    error_message = "Either image_tag or image_ssm_parameter owns the image's tag: leave one of them out."
  }
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

  validation {
    condition = !var.fargate || try(contains(flatten([
      var.cpu == 256 ? [512, 1024, 2048] : [],
      var.cpu == 512 ? range(1024, 4097, 1024) : [],
      var.cpu == 1024 ? range(2048, 8193, 1024) : [],
      var.cpu == 2048 ? range(4096, 16385, 1024) : [],
      var.cpu == 4096 ? range(8192, 30721, 1024) : [],
      var.cpu == 8192 ? range(16384, 61441, 4096) : [],
      var.cpu == 16384 ? range(32768, 122881, 8192) : [],
    ]), var.memory), false)
    error_message = "Fargate has no machine with cpu = ${var.cpu} and memory = ${coalesce(var.memory, 0)}: the smallest are 256 with 512, 1024 or 2048, and 512 with 1024 to 4096."
  }
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

variable "fargate" {
  description = "Runs on Fargate rather than on the stack's machines."
  type        = bool
  nullable    = false
  default     = false
}

variable "network_mode" {
  description = "`bridge`, `awsvpc` or `host`. Null takes bridge, and awsvpc on Fargate."
  type        = string
  default     = null

  validation {
    condition     = !(var.fargate && !contains(["awsvpc"], coalesce(var.network_mode, "awsvpc")))
    error_message = "Fargate knows network_mode awsvpc only: leave it out."
  }
}

variable "architecture" {
  description = "CPU architecture, `X86_64` or `ARM64`. Null takes the stack's, else X86_64."
  type        = string
  default     = null

  validation {
    condition     = contains(["X86_64", "ARM64"], coalesce(var.architecture, "X86_64"))
    error_message = "architecture is X86_64 or ARM64, in capitals."
  }
}

variable "log_driver" {
  description = "Log driver. Null takes the stack's choice: `journald`, shipped by ecs-logs, or `awslogs`."
  type        = string
  default     = null

  validation {
    condition     = !(var.fargate && var.log_driver == "journald")
    error_message = "Fargate has no journal: leave log_driver out there (awslogs is taken), or set awslogs or awsfirelens."
  }
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

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], coalesce(var.log_retention_days, 30))
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827 … days, or 0 for ever: not for ${coalesce(var.log_retention_days, 30)}."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key the log group is encrypted with. Null takes the stack's, else CloudWatch's own."
  type        = string
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

  validation {
    condition     = alltrue([for v in values(var.volumes) : v.host_path == null]) || !var.fargate
    error_message = "Fargate has no machine of yours: a volume's host_path cannot be used there."
  }
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

variable "privileged" {
  description = "Gives the container root's power over the machine."
  type        = bool
  nullable    = false
  default     = false

  validation {
    condition     = !(var.privileged && var.fargate)
    error_message = "Fargate runs no privileged containers."
  }
}

variable "stop_timeout" {
  description = "Seconds between SIGTERM and SIGKILL."
  type        = number
  nullable    = false
  default     = 30

  validation {
    condition     = !var.fargate || var.stop_timeout <= 120
    error_message = "Fargate gives a container 120 seconds at most to stop."
  }
}

variable "sidecars" {
  description = "Further containers of the task, each as JSON: `[module.router.json]` of module container-definition."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for s in var.sidecars : can(jsondecode(s).name)])
    error_message = "A sidecar is the JSON of one container with a name, as module container-definition gives it in output json."
  }
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

  validation {
    condition     = alltrue([for p in values(var.policies) : can(jsondecode(p).Statement)])
    error_message = "Each of policies is a policy document as JSON, with a Statement: use jsonencode({ Version = \"2012-10-17\", Statement = [ … ] })."
  }
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
