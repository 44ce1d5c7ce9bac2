# How it is decided how containers log, that the decision stays, and what is said about it.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name        = "segment"
  environment = "prod"
}

run "nothing_at_hand_so_awslogs" {
  command = apply

  assert {
    condition     = output.logs == "awslogs" && output.log_driver == "awslogs" && output.log_placement_attribute == null
    error_message = "logs: ${output.logs}"
  }

  assert {
    condition     = startswith(module.ecs_cluster.image, "resolve:ssm:/aws/service/ecs/")
    error_message = "image: ${module.ecs_cluster.image}"
  }

  expect_failures = [check.logs]
}

run "an_image_published_later_moves_nobody" {
  command = apply

  override_data {
    target = data.aws_ssm_parameters_by_path.images
    values = { names = ["/stack/ami/ecs/arm64", "/stack/ami/ecs/x86_64"] }
  }

  assert {
    condition     = output.logs == "awslogs" && startswith(module.ecs_cluster.image, "resolve:ssm:/aws/service/ecs/")
    error_message = "The first decision must stay: ${output.logs} ${module.ecs_cluster.image}"
  }

  expect_failures = [check.logs]
}

run "until_someone_says_so" {
  command = apply

  variables {
    logs = "ecs-logs"
  }

  override_data {
    target = data.aws_ssm_parameters_by_path.images
    values = { names = ["/stack/ami/ecs/arm64", "/stack/ami/ecs/x86_64"] }
  }

  assert {
    condition     = output.log_driver == "journald" && output.log_placement_attribute == "stack.ecs-logs" && module.ecs_cluster.image == "resolve:ssm:/stack/ami/ecs/x86_64"
    error_message = "logs: ${output.logs} ${module.ecs_cluster.image}"
  }
}

run "b14_with_an_image_at_hand_ecs_logs" {
  command = apply

  # A state of its own: the first apply of another stack.
  state_key = "image"

  override_data {
    target = data.aws_ssm_parameters_by_path.images
    values = { names = ["/stack/ami/ecs/x86_64"] }
  }

  assert {
    condition     = output.logs == "ecs-logs" && output.log_driver == "journald" && module.ecs_cluster.image == "resolve:ssm:/stack/ami/ecs/x86_64"
    error_message = "logs: ${output.logs} ${module.ecs_cluster.image}"
  }

  assert {
    condition     = strcontains(module.ecs_cluster.user_data, "ECS_INSTANCE_ATTRIBUTES={\"stack.ecs-logs\":\"1\"}")
    error_message = "Instances must register that they have the agent."
  }
}

run "an_image_that_is_gone_is_refused_with_the_ways_out" {
  command   = plan
  state_key = "image"

  expect_failures = [terraform_data.logs_possible]
}

run "an_image_for_another_architecture_is_none" {
  command   = apply
  state_key = "other"

  override_data {
    target = data.aws_ssm_parameters_by_path.images
    values = { names = ["/stack/ami/ecs/arm64"] }
  }

  assert {
    condition     = output.logs == "awslogs"
    error_message = "An image for Graviton must not count on x86."
  }

  expect_failures = [check.logs]
}

run "b14_a_package_on_the_stock_image" {
  command   = apply
  state_key = "package"

  variables {
    ecs_logs_package = {
      url    = "https://downloads.example.com/ecs-logs-1.0.0-1.x86_64.rpm"
      sha256 = "1111111111111111111111111111111111111111111111111111111111111111"
    }
  }

  assert {
    condition     = output.logs == "ecs-logs" && startswith(module.ecs_cluster.image, "resolve:ssm:/aws/service/ecs/") && strcontains(module.ecs_cluster.user_data, "stack-install-ecs-logs.service")
    error_message = "logs: ${output.logs} ${module.ecs_cluster.image}"
  }
}

run "an_image_of_ones_own" {
  command   = apply
  state_key = "own"

  variables {
    ami_ssm_parameter = "/mine/ecs"
  }

  assert {
    condition     = output.logs == "ecs-logs" && module.ecs_cluster.image == "resolve:ssm:/mine/ecs"
    error_message = "logs: ${output.logs} ${module.ecs_cluster.image}"
  }
}

run "ecs_logs_without_image_or_package_is_refused" {
  command   = plan
  state_key = "nothing"

  variables {
    logs = "ecs-logs"
  }

  expect_failures = [terraform_data.logs_possible]
}

run "ecs_logs_on_an_image_of_aws_is_refused" {
  command   = plan
  state_key = "aws"

  variables {
    logs              = "ecs-logs"
    ami_ssm_parameter = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
  }

  expect_failures = [terraform_data.logs_possible]
}

run "a_package_with_awslogs_is_refused" {
  command   = plan
  state_key = "both"

  variables {
    logs = "awslogs"
    ecs_logs_package = {
      url    = "https://downloads.example.com/ecs-logs-1.0.0-1.x86_64.rpm"
      sha256 = "1111111111111111111111111111111111111111111111111111111111111111"
    }
  }

  expect_failures = [var.ecs_logs_package]
}
