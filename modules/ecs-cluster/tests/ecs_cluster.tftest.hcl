# The cluster and its instances, with a mocked provider.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name                          = "segment-prod"
  environment                   = "prod"
  vpc_id                        = "vpc-00000000000000001"
  subnet_ids                    = ["subnet-00000000000000001", "subnet-00000000000000002", "subnet-00000000000000003"]
  load_balancer_security_groups = { internal = "sg-00000000000000001", external = "sg-00000000000000002" }
  iam_instance_profile_arn      = "arn:aws:iam::111122223333:instance-profile/segment-prod"
}

run "b11_instances_come_and_go_as_tasks_need_them" {
  command = apply

  assert {
    condition = (
      aws_ecs_capacity_provider.main.auto_scaling_group_provider[0].managed_scaling[0].status == "ENABLED"
      && aws_ecs_capacity_provider.main.auto_scaling_group_provider[0].managed_scaling[0].target_capacity == 90
      && aws_ecs_capacity_provider.main.auto_scaling_group_provider[0].managed_draining == "ENABLED"
      && aws_ecs_capacity_provider.main.auto_scaling_group_provider[0].managed_termination_protection == "ENABLED"
      && aws_autoscaling_group.main.protect_from_scale_in
    )
    error_message = "The capacity provider must scale, drain and protect."
  }

  assert {
    condition     = one(aws_ecs_cluster_capacity_providers.main.default_capacity_provider_strategy).capacity_provider == aws_ecs_capacity_provider.main.name
    error_message = "The capacity provider must be the cluster's default."
  }

  assert {
    condition     = aws_autoscaling_group.main.min_size == 1 && aws_autoscaling_group.main.max_size == 20 && aws_autoscaling_group.main.desired_capacity == 3
    error_message = "sizes: ${aws_autoscaling_group.main.min_size} ${aws_autoscaling_group.main.max_size} ${aws_autoscaling_group.main.desired_capacity}"
  }
}

run "b13_the_image_is_resolved_when_an_instance_starts" {
  command = plan

  assert {
    condition     = aws_launch_template.main.image_id == "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    error_message = "image: ${aws_launch_template.main.image_id}"
  }
}

run "b13_graviton_gets_an_image_for_it" {
  command = plan

  variables {
    instance_types = ["m7g.large", "c6gn.large", "t4g.large"]
  }

  assert {
    condition     = strcontains(aws_launch_template.main.image_id, "/arm64/") && output.architecture == "ARM64"
    error_message = "image: ${aws_launch_template.main.image_id}"
  }

  assert {
    condition     = [for override in one(one(aws_autoscaling_group.main.mixed_instances_policy).launch_template).override : override.instance_type] == ["m7g.large", "c6gn.large", "t4g.large"]
    error_message = "Several types must be mixed in their order."
  }
}

run "b13_an_image_by_hand" {
  command = plan

  variables {
    ami_id = "ami-00000000000000002"
  }

  assert {
    condition     = aws_launch_template.main.image_id == "ami-00000000000000002"
    error_message = "image: ${aws_launch_template.main.image_id}"
  }
}

run "b16_instances_are_closed" {
  command = apply

  assert {
    condition     = aws_launch_template.main.metadata_options[0].http_tokens == "required" && aws_launch_template.main.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "A container must not get the instance's role."
  }

  assert {
    condition     = alltrue([for mapping in aws_launch_template.main.block_device_mappings : mapping.ebs[0].encrypted == "true" && mapping.ebs[0].volume_type == "gp3"])
    error_message = "Disks must be encrypted."
  }

  assert {
    condition     = length(aws_launch_template.main.network_interfaces) == 0
    error_message = "Instances must get no public address."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.load_balancers : rule.from_port == 32768 && rule.to_port == 60999 && rule.referenced_security_group_id != null])
    error_message = "Only load balancers may reach containers, on the ports that ECS picks."
  }

  assert {
    condition     = strcontains(output.user_data, "ECS_DYNAMIC_HOST_PORT_RANGE=32768-60999")
    error_message = "The agent must pick ports of the range that is open."
  }
}

run "destroy_does_not_wait_for_protected_instances" {
  command = plan

  assert {
    condition     = aws_autoscaling_group.main.force_delete
    error_message = "Destroy must work the first time."
  }
}

run "no_noise_what_ecs_changes_is_left_alone" {
  command = plan

  assert {
    condition     = anytrue([for tag in aws_autoscaling_group.main.tag : tag.key == "AmazonECSManaged"])
    error_message = "ECS adds this tag to the group; unnamed, each plan would take it away."
  }
}

run "b30_new_instances_come_before_old_ones_go" {
  command = plan

  assert {
    condition     = one(aws_autoscaling_group.main.instance_refresh).preferences[0].min_healthy_percentage == 100 && one(aws_autoscaling_group.main.instance_refresh).preferences[0].scale_in_protected_instances == "Refresh"
    error_message = "A refresh must keep all capacity and include protected instances."
  }

  assert {
    condition     = aws_autoscaling_group.main.instance_maintenance_policy[0].min_healthy_percentage == 100
    error_message = "Replacement must keep all capacity."
  }
}

run "spot_on_request" {
  command = plan

  variables {
    spot_percentage = 50
  }

  assert {
    condition     = one(one(aws_autoscaling_group.main.mixed_instances_policy).instances_distribution).on_demand_percentage_above_base_capacity == 50
    error_message = "Half of the instances must be Spot."
  }
}

run "off_hours_stop_and_start_all_instances" {
  command = plan

  variables {
    off_hours = { stop = "0 20 * * 1-5", start = "0 7 * * 1-5", time_zone = "Europe/Berlin" }
  }

  assert {
    condition     = aws_autoscaling_schedule.stop[0].max_size == 0 && aws_autoscaling_schedule.start[0].desired_capacity == 3
    error_message = "The stop must take all instances, and the start bring them back."
  }
}

run "names_that_ecs_keeps_for_itself_are_refused" {
  command = plan
  variables {
    name = "ECS-prod"
  }
  expect_failures = [var.name]
}

run "mixed_architectures_are_refused" {
  command = plan
  variables {
    instance_types = ["m7i.large", "m7g.large"]
  }
  expect_failures = [var.instance_types]
}

run "sizes_that_contradict_each_other_are_refused" {
  command = plan
  variables {
    min_size = 5
    max_size = 4
  }
  expect_failures = [var.max_size]
}

run "more_instances_than_the_most_are_refused" {
  command = plan
  variables {
    max_size         = 2
    desired_capacity = 3
  }
  expect_failures = [var.desired_capacity]
}

run "two_names_for_the_image_are_refused" {
  command = plan
  variables {
    ami_id            = "ami-00000000000000002"
    ami_ssm_parameter = "/stack/ami/ecs/x86_64"
  }
  expect_failures = [var.ami_ssm_parameter]
}

run "values_that_would_fail_at_apply_are_refused" {
  command = plan
  variables {
    environment                = "Prod"
    vpc_id                     = "10.30.0.0/16"
    subnet_ids                 = []
    iam_instance_profile_arn   = "segment-prod"
    instance_types             = ["large"]
    spot_percentage            = 101
    target_capacity            = 0
    root_volume_size           = 8
    container_insights         = "on"
    instance_warmup            = -1
    max_instance_lifetime_days = 0
    ecs_logs                   = "yes"
    ami_ssm_parameter          = "image"
    off_hours                  = { stop = "at night", start = "0 7 * * *" }
  }
  expect_failures = [
    var.environment, var.vpc_id, var.subnet_ids, var.iam_instance_profile_arn, var.instance_types, var.spot_percentage,
    var.target_capacity, var.root_volume_size, var.container_insights, var.instance_warmup, var.max_instance_lifetime_days,
    var.ecs_logs, var.ami_ssm_parameter, var.off_hours,
  ]
}
