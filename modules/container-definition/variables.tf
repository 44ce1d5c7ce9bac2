variable "name" {
  description = "Name of the container: letters, digits, `-` and `_`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,255}$", var.name))
    error_message = "The container name \"${var.name}\" may hold letters, digits, - and _ only (1 to 255)."
  }
}

variable "image" {
  description = "Docker image, with or without a tag or digest: `nginx`, `nginx:1.27`, `registry/team/app`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^\\s:@]\\S*$", var.image))
    error_message = "The image \"${var.image}\" must be a Docker image reference without spaces, for example nginx or registry.example.com/team/app."
  }
}

variable "image_tag" {
  description = "Tag (`1.27`) or digest (`sha256:…`) of the image. Null takes what `image` says, else `latest`."
  type        = string
  default     = null

  validation {
    condition     = var.image_tag == null || can(regex("^(sha256:[0-9a-f]{64}|[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})$", var.image_tag))
    error_message = "The image tag \"${coalesce(var.image_tag, "null")}\" must be a Docker tag (letters, digits, _ . -, at most 128) or a digest \"sha256:\" with 64 hex digits."
  }
  validation {
    condition     = var.image_tag == null || !can(regex("(@|:[^/]+$)", var.image))
    error_message = "The image \"${var.image}\" already has a tag or digest: leave image_tag out, or take the tag off the image."
  }
}

variable "cpu" {
  description = "CPU shares (1024 = one core) reserved for the container; 0 reserves none."
  type        = number
  nullable    = false
  default     = 256

  validation {
    condition     = var.cpu >= 0 && floor(var.cpu) == var.cpu
    error_message = "cpu is in shares, a whole number of 0 or more (1024 = one core): not ${var.cpu}."
  }
}

variable "memory" {
  description = "Memory limit in MiB: above it the container is killed. Null sets no limit (then `memory_reservation` is needed)."
  type        = number
  default     = 512

  validation {
    condition     = var.memory == null || try(var.memory >= 6 && floor(var.memory) == var.memory, false)
    error_message = "memory is in MiB, a whole number of at least 6 (Docker's minimum)."
  }
}

variable "memory_reservation" {
  description = "Memory in MiB that is kept free for the container; it may use more, up to `memory`. Null reserves `memory`."
  type        = number
  default     = null

  validation {
    condition     = var.memory_reservation == null || var.memory == null || try(var.memory_reservation <= var.memory, false)
    error_message = "memory_reservation must not be above memory, the limit."
  }
  validation {
    condition     = var.memory != null || var.memory_reservation != null
    error_message = "Give memory (the limit) or memory_reservation: ECS must know how much room the container needs."
  }
}

variable "env_vars" {
  description = "Environment variables, name to value. Anything secret belongs into `secrets`."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.env_vars) : can(regex("^[^=\\s]+$", name))])
    error_message = "An environment variable's name is not empty and has no space and no equals sign: ${join(", ", [for name in keys(var.env_vars) : "\"${name}\"" if !can(regex("^[^=\\s]+$", name))])}."
  }
}

variable "secrets" {
  description = "Environment variables whose values ECS reads when the container starts: name to ARN of a Secrets Manager secret or an SSM parameter."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for arn in values(var.secrets) : can(regex("^arn:[^:]+:(secretsmanager|ssm):", arn))])
    error_message = "secrets maps a name to the ARN of a Secrets Manager secret or an SSM parameter (arn:aws:secretsmanager:… or arn:aws:ssm:…), never to the value itself."
  }
  validation {
    condition     = length(setintersection(keys(var.secrets), keys(var.env_vars))) == 0
    error_message = "In env_vars and in secrets at once, which ECS refuses: ${join(", ", setintersection(keys(var.secrets), keys(var.env_vars)))}."
  }
}

variable "region" {
  description = "Region given to the container as `AWS_REGION` and `AWS_DEFAULT_REGION`, and to the awslogs driver. EC2 tasks do not get it otherwise. Null sets neither."
  type        = string
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

variable "ports" {
  description = "Ports the container listens on. `host_port` 0 lets ECS pick one, so that two copies fit on one instance."
  type = list(object({
    container_port = number
    host_port      = optional(number, 0)
    protocol       = optional(string, "tcp")
    name           = optional(string)
  }))
  nullable = false
  default  = []

  validation {
    condition     = alltrue([for p in var.ports : p.container_port >= 1 && p.container_port <= 65535 && p.host_port >= 0 && p.host_port <= 65535])
    error_message = "A container port is 1 to 65535, a host port 0 (ECS picks one) to 65535."
  }
  validation {
    condition     = alltrue([for p in var.ports : contains(["tcp", "udp"], p.protocol)])
    error_message = "A port's protocol is tcp or udp, in lower case."
  }
  validation {
    condition     = var.network_mode == "bridge" || alltrue([for p in var.ports : contains([0, p.container_port], p.host_port)])
    error_message = "With network mode awsvpc or host the host port is the container port: leave host_port out."
  }
}

variable "network_mode" {
  description = "Network mode of the task the container is for: `bridge`, `awsvpc` or `host`. It decides the host ports."
  type        = string
  nullable    = false
  default     = "bridge"

  validation {
    condition     = contains(["bridge", "awsvpc", "host", "none"], var.network_mode)
    error_message = "network_mode is bridge, awsvpc, host or none: not \"${var.network_mode}\"."
  }
}

variable "log_driver" {
  description = "Docker's log driver: `journald` (shipped by ecs-logs), `awslogs`, `awsfirelens`, `json-file`, or `none`."
  type        = string
  nullable    = false
  default     = "journald"

  validation {
    condition     = contains(["journald", "awslogs", "awsfirelens", "fluentd", "syslog", "json-file", "none"], var.log_driver)
    error_message = "log_driver is journald, awslogs, awsfirelens, fluentd, syslog, json-file or none: not \"${var.log_driver}\"."
  }
}

variable "log_group" {
  description = "CloudWatch log group of the container: the journald tag, and the group of awslogs. Null takes the container's name, as in 2016."
  type        = string
  default     = null
}

variable "log_options" {
  description = "Further options of the log driver; they win over ours."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "health_check" {
  description = "Docker health check that ECS watches: `command` as a list (`[\"CMD-SHELL\", \"curl -f http://localhost/\"]`), times in seconds."
  type = object({
    command      = list(string)
    interval     = optional(number, 30)
    timeout      = optional(number, 5)
    retries      = optional(number, 3)
    start_period = optional(number, 0)
  })
  default = null

  validation {
    condition     = var.health_check == null || try(contains(["CMD", "CMD-SHELL", "NONE"], var.health_check.command[0]), false)
    error_message = "health_check.command starts with CMD, CMD-SHELL or NONE, for example [\"CMD-SHELL\", \"curl -f http://localhost/\"]."
  }
  validation {
    condition = var.health_check == null || try(
      var.health_check.interval >= 5 && var.health_check.interval <= 300 &&
      var.health_check.timeout >= 2 && var.health_check.timeout <= 60 &&
      var.health_check.retries >= 1 && var.health_check.retries <= 10 &&
      var.health_check.start_period >= 0 && var.health_check.start_period <= 300, false
    )
    error_message = "Of a health check ECS takes interval 5 to 300 s, timeout 2 to 60 s, 1 to 10 retries, and start_period 0 to 300 s."
  }
}

variable "volumes" {
  description = "Volumes of the task and where they are mounted, by name: `{ data = { path = \"/data\" } }`."
  type = map(object({
    path      = string
    read_only = optional(bool, false)
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for v in values(var.volumes) : startswith(v.path, "/")])
    error_message = "The path of a volume is absolute: it starts with a slash."
  }
}

variable "ulimits" {
  description = "Limits by name: `{ nofile = 65536 }` sets the soft and the hard limit."
  type        = map(number)
  nullable    = false
  default     = {}

  validation {
    condition = alltrue([for name in keys(var.ulimits) : contains([
      "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack",
    ], name)])
    error_message = "Not a Linux limit: ${join(", ", setsubtract(keys(var.ulimits), ["core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack"]))} (nofile and nproc are the usual ones)."
  }
}

variable "readonly_root_filesystem" {
  description = "Mounts the container's root file system read-only. Recommended; off by default, for most images write somewhere."
  type        = bool
  nullable    = false
  default     = false
}

variable "init_process" {
  description = "Runs a small init as process 1, which reaps zombies and passes signals on. ECS Exec wants it."
  type        = bool
  nullable    = false
  default     = true
}

variable "stop_timeout" {
  description = "Seconds between SIGTERM and SIGKILL."
  type        = number
  nullable    = false
  default     = 30

  validation {
    condition     = var.stop_timeout >= 2
    error_message = "stop_timeout is at least 2 seconds, so that the container can end by itself."
  }
}

variable "user" {
  description = "User (and group) the container runs as: `1000`, `app`, `1000:1000`. Null takes the image's."
  type        = string
  default     = null
}

variable "working_directory" {
  description = "Directory the command starts in. Null takes the image's."
  type        = string
  default     = null
}

variable "privileged" {
  description = "Gives the container root's power over the instance. Instances of the stack refuse it unless told otherwise."
  type        = bool
  nullable    = false
  default     = false
}

variable "essential" {
  description = "Whether the task stops when this container does."
  type        = bool
  nullable    = false
  default     = true
}

variable "depends_on_containers" {
  description = "Containers of the same task that must have reached a condition first: `{ migrate = \"SUCCESS\" }`."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for c in values(var.depends_on_containers) : contains(["START", "COMPLETE", "SUCCESS", "HEALTHY"], c)])
    error_message = "A container waits for START, COMPLETE, SUCCESS or HEALTHY of another one."
  }
}

variable "labels" {
  description = "Docker labels."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "repository_credentials" {
  description = "ARN of the Secrets Manager secret with user and password of a private registry. Null for public images and ECR."
  type        = string
  default     = null
}
