# Each refusal of module task.
mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name  = "mailer"
  image = "mailer:1.0"
}

run "refuses_a_name_in_capitals" {
  command = plan
  variables { name = "Mailer" }
  expect_failures = [var.name]
}

run "refuses_a_name_with_a_slash" {
  command = plan
  variables { name = "team/mailer" }
  expect_failures = [var.name]
}

run "refuses_two_owners_of_the_tag" {
  command = plan
  variables {
    image               = "mailer"
    image_tag           = "1.0"
    image_ssm_parameter = "/tag"
  }
  expect_failures = [var.image_ssm_parameter]
}

run "refuses_journald_on_fargate" {
  command = plan
  variables {
    fargate    = true
    log_driver = "journald"
  }
  expect_failures = [var.log_driver]
}

run "refuses_bridge_on_fargate" {
  command = plan
  variables {
    fargate      = true
    network_mode = "bridge"
  }
  expect_failures = [var.network_mode]
}

run "refuses_a_size_that_fargate_has_not" {
  command = plan
  variables {
    fargate = true
    cpu     = 256
    memory  = 4096
  }
  expect_failures = [var.memory]
}

run "refuses_a_host_path_on_fargate" {
  command = plan
  variables {
    fargate = true
    volumes = { data = { path = "/data", host_path = "/srv" } }
  }
  expect_failures = [var.volumes]
}

run "refuses_privileged_on_fargate" {
  command = plan
  variables {
    fargate    = true
    privileged = true
  }
  expect_failures = [var.privileged]
}

run "refuses_a_long_goodbye_on_fargate" {
  command = plan
  variables {
    fargate      = true
    stop_timeout = 300
  }
  expect_failures = [var.stop_timeout]
}

run "refuses_an_unknown_architecture" {
  command = plan
  variables { architecture = "arm64" }
  expect_failures = [var.architecture]
}

run "refuses_a_retention_that_cloudwatch_has_not" {
  command = plan
  variables { log_retention_days = 45 }
  expect_failures = [var.log_retention_days]
}

run "refuses_a_sidecar_that_is_no_container" {
  command = plan
  variables { sidecars = ["router"] }
  expect_failures = [var.sidecars]
}

run "refuses_a_policy_that_is_none" {
  command = plan
  variables { policies = { mail = "ses:SendEmail" } }
  expect_failures = [var.policies]
}
