# The answers of 2016. No provider.

variables {
  region = "us-west-2"
  cidr   = "10.30.0.0/16"
}

run "b13_the_image_is_named_by_a_parameter" {
  command = plan

  assert {
    condition     = output.ecs_ami_ssm_parameter == "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    error_message = "image: ${output.ecs_ami_ssm_parameter}"
  }

  assert {
    condition     = output.domain_name_servers == "10.30.0.2"
    error_message = "name server: ${output.domain_name_servers}"
  }

  assert {
    condition     = output.s3_logs_account_id == "797873946194"
    error_message = "account: ${output.s3_logs_account_id}"
  }
}

run "graviton_has_an_image_of_its_own" {
  command = plan

  variables {
    architecture = "arm64"
    region       = "il-central-1"
  }

  assert {
    condition     = strcontains(output.ecs_ami_ssm_parameter, "/arm64/") && output.s3_logs_account_id == null
    error_message = "image: ${output.ecs_ami_ssm_parameter}"
  }
}

run "an_unknown_architecture_is_refused" {
  command = plan
  variables {
    architecture = "m68k"
  }
  expect_failures = [var.architecture]
}

run "a_zone_is_no_region" {
  command = plan
  variables {
    region = "us-west-2a"
  }
  expect_failures = [var.region]
}

run "text_that_is_no_range_is_refused" {
  command = plan
  variables {
    cidr = "ten"
  }
  expect_failures = [var.cidr]
}
