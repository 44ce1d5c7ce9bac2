# Renders the script that an instance runs at its first start. The image's own files are left alone:
# what stands here goes to files of its own, which win.

locals {
  # Settings of the ECS agent that a stock image lacks or has otherwise.
  ecs_config = merge(
    {
      # Without journald here, the agent refuses tasks that log through it.
      ECS_AVAILABLE_LOGGING_DRIVERS = "[\"json-file\",\"journald\",\"awslogs\",\"fluentd\",\"syslog\",\"none\"]"
      # The range that load balancers may reach; the kernel's own may differ.
      ECS_DYNAMIC_HOST_PORT_RANGE = "32768-60999"
      # A task has its own role; the instance's is out of its reach.
      ECS_ENABLE_TASK_IAM_ROLE              = "true"
      ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST = "true"
      ECS_AWSVPC_BLOCK_IMDS                 = "true"
      ECS_DISABLE_PRIVILEGED                = "true"
      # Tasks move away in the two minutes before Spot takes the instance.
      ECS_ENABLE_SPOT_INSTANCE_DRAINING          = "true"
      ECS_ENABLE_CONTAINER_METADATA              = "true"
      ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM = "ec2_instance"
      ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION      = "1h"
      ECS_IMAGE_PULL_BEHAVIOR                    = "default"
      ECS_CONTAINER_STOP_TIMEOUT                 = "30s"
      ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE  = "true"
    },
    var.ecs_config,
  )

  user_data = templatefile("${path.module}/user-data.sh.tftpl", {
    cluster         = var.cluster
    region          = var.region
    ecs_config      = local.ecs_config
    attributes      = jsonencode(var.attributes)
    attributes_log  = jsonencode(merge(var.attributes, { "stack.ecs-logs" = "1" }))
    ecs_logs        = var.ecs_logs
    package         = var.ecs_logs_package == null ? { url = "", sha256 = "" } : var.ecs_logs_package
    extra_user_data = var.extra_user_data
  })
}
