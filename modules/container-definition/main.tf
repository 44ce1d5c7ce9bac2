/**
 * # container-definition
 *
 * One container of an ECS task, from typed inputs to the JSON that ECS takes. Pure: no provider, no resources.
 *
 * Lists are sorted by name and the fields that ECS fills in itself are always written,
 * so the same inputs give the same text and a plan shows no difference that is none.
 *
 * ## Usage
 *
 * ```hcl
 * module "sidecar" {
 *   source = "github.com/segmentio/stack//modules/container-definition"
 *
 *   name     = "metrics"
 *   image    = "prom/statsd-exporter:v0.28.0"
 *   env_vars = { LEVEL = "info" }
 * }
 * ```
 */
locals {
  # A tag follows the last slash; a colon before it is the registry's port.
  has_tag   = can(regex("(@|:[^/]+$)", var.image))
  tag       = coalesce(var.image_tag, "latest")
  separator = startswith(local.tag, "sha256:") ? "@" : ":"
  image     = local.has_tag ? var.image : "${var.image}${local.separator}${local.tag}"

  log_group = coalesce(var.log_group, var.name)

  # What each driver needs to reach the log group; journald's labels let a line name its task.
  log_defaults = {
    journald = {
      tag    = local.log_group
      labels = "com.amazonaws.ecs.cluster,com.amazonaws.ecs.container-name,com.amazonaws.ecs.task-arn,com.amazonaws.ecs.task-definition-family,com.amazonaws.ecs.task-definition-version"
    }
    awslogs = merge({
      awslogs-group         = local.log_group
      awslogs-stream-prefix = var.name
      # ECS's own default since 2025, said here so that it cannot change under us: a full buffer drops lines, it does not stop the container.
      mode            = "non-blocking"
      max-buffer-size = "25m"
    }, var.region == null ? {} : { awslogs-region = var.region })
  }
  log_options = merge(lookup(local.log_defaults, var.log_driver, {}), var.log_options)

  region_env = var.region == null ? {} : { AWS_REGION = var.region, AWS_DEFAULT_REGION = var.region }
  env        = { for name, value in merge(local.region_env, var.env_vars) : name => value if !contains(keys(var.secrets), name) }

  definition = {
    name      = var.name
    image     = local.image
    essential = var.essential
    cpu       = var.cpu
    memory    = var.memory

    memoryReservation = var.memory_reservation
    environment       = [for name in sort(keys(local.env)) : { name = name, value = local.env[name] }]
    secrets           = [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
    command           = length(var.command) == 0 ? null : var.command
    entryPoint        = length(var.entry_point) == 0 ? null : var.entry_point

    portMappings = [for p in var.ports : { for key, value in {
      containerPort = p.container_port
      hostPort      = var.network_mode == "bridge" ? p.host_port : p.container_port
      protocol      = p.protocol
      name          = p.name
    } : key => value if value != null }]

    logConfiguration = { for key, value in {
      logDriver = var.log_driver
      options   = length(local.log_options) == 0 ? null : local.log_options
    } : key => value if value != null }

    healthCheck = var.health_check == null ? null : {
      command     = var.health_check.command
      interval    = var.health_check.interval
      timeout     = var.health_check.timeout
      retries     = var.health_check.retries
      startPeriod = var.health_check.start_period
    }

    mountPoints = [for name in sort(keys(var.volumes)) : {
      sourceVolume  = name
      containerPath = var.volumes[name].path
      readOnly      = var.volumes[name].read_only
    }]
    ulimits                = length(var.ulimits) == 0 ? null : [for name in sort(keys(var.ulimits)) : { name = name, softLimit = var.ulimits[name], hardLimit = var.ulimits[name] }]
    dependsOn              = length(var.depends_on_containers) == 0 ? null : [for name in sort(keys(var.depends_on_containers)) : { containerName = name, condition = var.depends_on_containers[name] }]
    dockerLabels           = length(var.labels) == 0 ? null : var.labels
    readonlyRootFilesystem = var.readonly_root_filesystem
    privileged             = var.privileged ? true : null
    linuxParameters        = var.init_process ? { initProcessEnabled = true } : null
    stopTimeout            = var.stop_timeout
    user                   = var.user
    workingDirectory       = var.working_directory
    repositoryCredentials  = var.repository_credentials == null ? null : { credentialsParameter = var.repository_credentials }

    # ECS answers with these even where nobody wrote them: written always, they are never a difference.
    volumesFrom    = []
    systemControls = []
  }

  json = jsonencode({ for key, value in local.definition : key => value if value != null })
}
