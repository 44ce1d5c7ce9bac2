# The script, whole, against files; what those say is checked with bash -n and shellcheck too. No provider.

variables {
  cluster = "segment-prod"
  region  = "us-west-2"
}

run "b13_a_stock_image_is_only_told_its_cluster" {
  command = plan

  assert {
    condition     = output.user_data == file("./tests/golden/none.sh")
    error_message = "differs from tests/golden/none.sh:\n${output.user_data}"
  }

  assert {
    condition     = base64decode(output.base64) == output.user_data
    error_message = "base64 is not the script."
  }
}

run "b14_an_image_with_the_agent_registers_that_it_has_it" {
  command = plan

  variables {
    ecs_logs = "image"
  }

  assert {
    condition     = output.user_data == file("./tests/golden/image.sh")
    error_message = "differs from tests/golden/image.sh:\n${output.user_data}"
  }

  assert {
    condition     = strcontains(output.user_data, "\"journald\"") && strcontains(output.user_data, "ECS_LOGS_CREATE_GROUPS=false")
    error_message = "The agent of ECS must know journald, and ecs-logs must make no groups."
  }
}

run "b14_a_package_is_installed_without_holding_up_the_instance" {
  command = plan

  variables {
    ecs_logs = "package"
    ecs_logs_package = {
      url    = "https://downloads.example.com/ecs-logs-1.0.0-1.x86_64.rpm"
      sha256 = "1111111111111111111111111111111111111111111111111111111111111111"
    }
    attributes      = { disk = "ssd" }
    ecs_config      = { ECS_IMAGE_PULL_BEHAVIOR = "prefer-cached" }
    extra_user_data = "echo $HOSTNAME > /etc/motd"
  }

  assert {
    condition     = output.user_data == file("./tests/golden/package.sh")
    error_message = "differs from tests/golden/package.sh:\n${output.user_data}"
  }

  assert {
    condition     = strcontains(output.user_data, "systemctl start --no-block stack-install-ecs-logs.service")
    error_message = "The installation must not be waited for: ecs.service starts after this script."
  }

  assert {
    condition     = strcontains(output.user_data, "ECS_IMAGE_PULL_BEHAVIOR=prefer-cached")
    error_message = "ecs_config must win."
  }

  # Not before it is true: ECS would place tasks whose logs nobody reads.
  assert {
    condition     = !strcontains(split("END_OF_INSTALL", output.user_data)[0], "stack.ecs-logs")
    error_message = "The attribute must be registered by the installation, not before it."
  }

  assert {
    condition     = length(output.user_data) < 16384
    error_message = "EC2 takes 16 KiB of user data."
  }
}

run "a_package_and_its_mode_belong_together" {
  command = plan
  variables {
    ecs_logs = "package"
  }
  expect_failures = [var.ecs_logs]
}

run "a_package_by_plain_http_is_refused" {
  command = plan
  variables {
    ecs_logs = "package"
    ecs_logs_package = {
      url    = "http://downloads.example.com/ecs-logs.rpm"
      sha256 = "1111111111111111111111111111111111111111111111111111111111111111"
    }
  }
  expect_failures = [var.ecs_logs_package]
}

run "an_address_that_would_break_out_of_its_quotes_is_refused" {
  command = plan
  variables {
    ecs_logs = "package"
    ecs_logs_package = {
      url    = "https://downloads.example.com/'$(reboot)'.rpm"
      sha256 = "1111111111111111111111111111111111111111111111111111111111111111"
    }
  }
  expect_failures = [var.ecs_logs_package]
}

run "a_package_without_its_sum_is_refused" {
  command = plan
  variables {
    ecs_logs = "package"
    ecs_logs_package = {
      url    = "https://downloads.example.com/ecs-logs.rpm"
      sha256 = ""
    }
  }
  expect_failures = [var.ecs_logs_package]
}

run "the_attribute_of_the_agent_cannot_be_claimed_by_hand" {
  command = plan
  variables {
    attributes = { "stack.ecs-logs" = "1" }
  }
  expect_failures = [var.attributes]
}

run "an_attribute_with_a_quote_is_refused" {
  command = plan
  variables {
    attributes = { disk = "it's" }
  }
  expect_failures = [var.attributes]
}

run "the_cluster_is_not_set_by_the_way" {
  command = plan
  variables {
    ecs_config = { ECS_CLUSTER = "other" }
  }
  expect_failures = [var.ecs_config]
}

run "a_setting_of_two_lines_is_refused" {
  command = plan
  variables {
    ecs_config = { ECS_IMAGE_PULL_BEHAVIOR = "once\nECS_CLUSTER=other" }
  }
  expect_failures = [var.ecs_config]
}

run "a_script_too_long_for_ec2_is_refused" {
  command = plan
  variables {
    extra_user_data = join("", [for i in range(0, 820) : "echo hello"])
  }
  expect_failures = [var.extra_user_data]
}

run "an_unknown_way_to_the_agent_is_refused" {
  command = plan
  variables {
    ecs_logs = "ami"
  }
  expect_failures = [var.ecs_logs]
}

run "a_cluster_with_a_space_is_refused" {
  command = plan
  variables {
    cluster = "my cluster"
  }
  expect_failures = [var.cluster]
}

run "a_zone_is_no_region" {
  command = plan
  variables {
    region = "us-west-2a"
  }
  expect_failures = [var.region]
}
