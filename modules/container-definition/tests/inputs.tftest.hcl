# What single inputs do, and each refusal.

variables {
  name  = "web"
  image = "nginx"
}

run "a_digest_is_joined_with_an_at_sign" {
  command = plan
  variables {
    image_tag = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  }
  assert {
    condition     = output.image == "nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    error_message = output.image
  }
}

run "a_registry_port_is_no_tag" {
  command = plan
  variables { image = "localhost:5000/app" }
  assert {
    condition     = output.image == "localhost:5000/app:latest"
    error_message = output.image
  }
}

run "a_tag_in_the_image_stays" {
  command = plan
  variables { image = "localhost:5000/app:7" }
  assert {
    condition     = output.image == "localhost:5000/app:7"
    error_message = output.image
  }
}

run "B24_env_and_flags_reach_the_container" {
  command = plan
  variables {
    env_vars = { B = "2", A = "1" }
    command  = ["--queue", "mail"]
  }
  assert {
    condition     = jsondecode(output.json).environment == [{ name = "A", value = "1" }, { name = "B", value = "2" }] && jsondecode(output.json).command == ["--queue", "mail"]
    error_message = output.json
  }
}

run "the_region_is_injected_and_may_be_overridden" {
  command = plan
  variables {
    region   = "us-west-2"
    env_vars = { AWS_REGION = "eu-west-1" }
  }
  assert {
    condition     = jsondecode(output.json).environment == [{ name = "AWS_DEFAULT_REGION", value = "us-west-2" }, { name = "AWS_REGION", value = "eu-west-1" }]
    error_message = output.json
  }
}

run "awsvpc_uses_the_container_port_on_the_host" {
  command = plan
  variables {
    network_mode = "awsvpc"
    ports        = [{ container_port = 8080 }]
  }
  assert {
    condition     = jsondecode(output.json).portMappings[0].hostPort == 8080
    error_message = output.json
  }
}

run "B14_logs_go_to_journald_with_the_group_as_tag" {
  command = plan
  variables { log_group = "/stack/prod/web" }
  assert {
    condition     = jsondecode(output.json).logConfiguration.logDriver == "journald" && jsondecode(output.json).logConfiguration.options.tag == "/stack/prod/web"
    error_message = output.json
  }
}

run "B34_a_private_registry_has_its_credentials" {
  command = plan
  variables { repository_credentials = "arn:aws:secretsmanager:us-west-2:123456789012:secret:registry-AbCdEf" }
  assert {
    condition     = jsondecode(output.json).repositoryCredentials.credentialsParameter == "arn:aws:secretsmanager:us-west-2:123456789012:secret:registry-AbCdEf"
    error_message = output.json
  }
}

run "refuses_a_name_with_a_slash" {
  command = plan
  variables { name = "team/web" }
  expect_failures = [var.name]
}

run "refuses_an_image_with_a_space" {
  command = plan
  variables { image = "nginx latest" }
  expect_failures = [var.image]
}

run "refuses_a_bad_tag" {
  command = plan
  variables { image_tag = "sha256:abc" }
  expect_failures = [var.image_tag]
}

run "refuses_two_tags" {
  command = plan
  variables {
    image     = "nginx:1.27"
    image_tag = "1.28"
  }
  expect_failures = [var.image_tag]
}

run "refuses_half_a_cpu_share" {
  command = plan
  variables { cpu = 0.5 }
  expect_failures = [var.cpu]
}

run "refuses_too_little_memory" {
  command = plan
  variables { memory = 4 }
  expect_failures = [var.memory]
}

run "refuses_a_reservation_above_the_limit" {
  command = plan
  variables {
    memory             = 256
    memory_reservation = 512
  }
  expect_failures = [var.memory_reservation]
}

run "refuses_no_memory_at_all" {
  command = plan
  variables { memory = null }
  expect_failures = [var.memory_reservation]
}

run "refuses_a_variable_with_an_equals_sign" {
  command = plan
  variables { env_vars = { "A=B" = "c" } }
  expect_failures = [var.env_vars]
}

run "refuses_a_secret_that_is_no_arn" {
  command = plan
  variables { secrets = { TOKEN = "hunter2" } }
  expect_failures = [var.secrets]
}

run "refuses_a_name_both_secret_and_plain" {
  command = plan
  variables {
    env_vars = { TOKEN = "a" }
    secrets  = { TOKEN = "arn:aws:ssm:us-west-2:123456789012:parameter/token" }
  }
  expect_failures = [var.secrets]
}

run "refuses_a_port_that_is_none" {
  command = plan
  variables { ports = [{ container_port = 70000 }] }
  expect_failures = [var.ports]
}

run "refuses_a_protocol_in_capitals" {
  command = plan
  variables { ports = [{ container_port = 80, protocol = "TCP" }] }
  expect_failures = [var.ports]
}

run "refuses_another_host_port_with_awsvpc" {
  command = plan
  variables {
    network_mode = "awsvpc"
    ports        = [{ container_port = 80, host_port = 8080 }]
  }
  expect_failures = [var.ports]
}

run "refuses_an_unknown_network_mode" {
  command = plan
  variables { network_mode = "nat" }
  expect_failures = [var.network_mode]
}

run "refuses_an_unknown_log_driver" {
  command = plan
  variables { log_driver = "journal" }
  expect_failures = [var.log_driver]
}

run "refuses_a_health_check_without_its_kind" {
  command = plan
  variables { health_check = { command = ["curl", "localhost"] } }
  expect_failures = [var.health_check]
}

run "refuses_a_health_check_every_second" {
  command = plan
  variables { health_check = { command = ["CMD", "true"], interval = 1 } }
  expect_failures = [var.health_check]
}

run "refuses_a_relative_mount" {
  command = plan
  variables { volumes = { data = { path = "data" } } }
  expect_failures = [var.volumes]
}

run "refuses_an_unknown_ulimit" {
  command = plan
  variables { ulimits = { files = 1 } }
  expect_failures = [var.ulimits]
}

run "refuses_to_kill_at_once" {
  command = plan
  variables { stop_timeout = 0 }
  expect_failures = [var.stop_timeout]
}

run "refuses_an_unknown_condition" {
  command = plan
  variables { depends_on_containers = { migrate = "DONE" } }
  expect_failures = [var.depends_on_containers]
}
