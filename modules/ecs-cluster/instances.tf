# The instances: what they are made of, who reaches them, and how many there are.

module "user_data" {
  source = "../user-data"

  # From the cluster, not from the variable: instances then go before the cluster does.
  cluster          = aws_ecs_cluster.main.name
  region           = data.aws_region.current.id
  ecs_logs         = var.ecs_logs
  ecs_logs_package = var.ecs_logs_package
  attributes       = var.instance_attributes
  ecs_config       = var.ecs_config
  extra_user_data  = var.extra_user_data
}

resource "aws_security_group" "main" {
  name_prefix = "${var.name}-instances-"
  description = "Instances of the ECS cluster ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(local.tags, { Name = "${var.name}-instances" })

  lifecycle {
    create_before_destroy = true
  }
}

# ECS picks a port of this range for each container, and user data keeps the agent to it.
resource "aws_vpc_security_group_ingress_rule" "load_balancers" {
  for_each = var.load_balancer_security_groups

  security_group_id            = aws_security_group.main.id
  description                  = "Containers, from the load balancers of ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 32768
  to_port                      = 60999
  referenced_security_group_id = each.value

  tags = local.tags
}

resource "aws_vpc_security_group_egress_rule" "all" {
  for_each = { ipv4 = "0.0.0.0/0", ipv6 = "::/0" }

  security_group_id = aws_security_group.main.id
  description       = "Containers reach what they need, over ${each.key}"
  ip_protocol       = "-1"
  cidr_ipv4         = each.key == "ipv4" ? each.value : null
  cidr_ipv6         = each.key == "ipv6" ? each.value : null

  tags = local.tags
}

resource "aws_launch_template" "main" {
  name_prefix = "${var.name}-"
  description = "Instances of the ECS cluster ${var.name}"

  # Resolved when an instance starts: a new image is no change of the plan, and no image is named twice.
  image_id      = coalesce(var.ami_id, "resolve:ssm:${local.ami_parameter}")
  instance_type = var.instance_types[0]
  key_name      = var.key_name
  user_data     = module.user_data.base64
  ebs_optimized = true

  update_default_version = true
  vpc_security_group_ids = concat([aws_security_group.main.id], var.security_groups)

  iam_instance_profile {
    arn = var.iam_instance_profile_arn
  }

  monitoring {
    enabled = var.detailed_monitoring
  }

  # One hop: a container in a network of its own cannot take the instance's role.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = var.root_volume_size
      volume_type           = "gp3"
      encrypted             = true
      kms_key_id            = var.volume_kms_key_arn
      delete_on_termination = true
    }
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "volume"]

    content {
      resource_type = tag_specifications.value
      tags          = merge(local.tags, { Name = var.name })
    }
  }

  tags = local.tags

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = length(module.user_data.base64) <= 21848
      error_message = "The instances' user data is larger than the 16 KiB that EC2 takes: shorten extra_user_data, or have it download its script."
    }
  }
}

resource "aws_autoscaling_group" "main" {
  name                = var.name
  vpc_zone_identifier = var.subnet_ids
  min_size            = var.min_size
  max_size            = var.max_size
  desired_capacity    = var.desired_capacity

  # The capacity provider is the one that removes instances, and only those without tasks.
  protect_from_scale_in     = var.managed_termination_protection
  force_delete              = var.force_delete
  health_check_type         = "EC2"
  health_check_grace_period = 120
  default_instance_warmup   = var.instance_warmup
  max_instance_lifetime     = var.max_instance_lifetime_days == null ? null : var.max_instance_lifetime_days * 86400
  # Terraform need not wait for machines to start; services wait for them by themselves.
  wait_for_capacity_timeout = "0"
  enabled_metrics           = ["GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances", "GroupTerminatingInstances", "GroupTotalInstances"]

  dynamic "launch_template" {
    for_each = local.mixed ? [] : [1]

    content {
      id      = aws_launch_template.main.id
      version = aws_launch_template.main.latest_version
    }
  }

  dynamic "mixed_instances_policy" {
    for_each = local.mixed ? [1] : []

    content {
      instances_distribution {
        on_demand_base_capacity                  = 0
        on_demand_percentage_above_base_capacity = 100 - var.spot_percentage
        on_demand_allocation_strategy            = "prioritized"
        spot_allocation_strategy                 = "price-capacity-optimized"
      }

      launch_template {
        launch_template_specification {
          launch_template_id = aws_launch_template.main.id
          version            = aws_launch_template.main.latest_version
        }

        dynamic "override" {
          for_each = var.instance_types

          content {
            instance_type = override.value
          }
        }
      }
    }
  }

  # New instances come before old ones go.
  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = 110
  }

  dynamic "instance_refresh" {
    for_each = var.instance_refresh ? [1] : []

    content {
      strategy = "Rolling"

      preferences {
        min_healthy_percentage       = 100
        max_healthy_percentage       = 110
        instance_warmup              = var.instance_warmup
        scale_in_protected_instances = "Refresh"
      }
    }
  }

  # ECS sets this one when it takes the group over; named here, no plan takes it away again.
  tag {
    key                 = "AmazonECSManaged"
    value               = ""
    propagate_at_launch = true
  }

  dynamic "tag" {
    for_each = merge(local.tags, { Name = var.name })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  lifecycle {
    # The capacity provider's business after the first start.
    ignore_changes = [desired_capacity]
  }
}

locals {
  mixed = length(var.instance_types) > 1 || var.spot_percentage > 0
}

resource "aws_autoscaling_schedule" "stop" {
  count = var.off_hours == null ? 0 : 1

  scheduled_action_name  = "stop"
  autoscaling_group_name = aws_autoscaling_group.main.name
  recurrence             = var.off_hours.stop
  time_zone              = var.off_hours.time_zone
  min_size               = 0
  max_size               = 0
  desired_capacity       = 0
}

resource "aws_autoscaling_schedule" "start" {
  count = var.off_hours == null ? 0 : 1

  scheduled_action_name  = "start"
  autoscaling_group_name = aws_autoscaling_group.main.name
  recurrence             = var.off_hours.start
  time_zone              = var.off_hours.time_zone
  min_size               = var.min_size
  max_size               = var.max_size
  desired_capacity       = var.desired_capacity
}
