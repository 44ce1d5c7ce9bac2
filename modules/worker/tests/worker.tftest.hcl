# A worker with a mocked provider.
mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name  = "mailer"
  image = "registry.example.com/team/mailer:1.0"
  stack = {
    name              = "shop"
    environment       = "prod"
    cluster           = "shop-prod"
    capacity_provider = "shop-prod"
    vpc_id            = "vpc-00000000000000001"
    internal_subnets  = ["subnet-1", "subnet-2"]
    external_subnets  = ["subnet-3", "subnet-4"]
    internal_elb      = "sg-internal"
    external_elb      = "sg-external"
    zone_id           = "Z1"
    domain_name       = "stack.local"
    log_bucket_id     = "shop-prod-logs"
    log_driver        = "journald"
    log_group_prefix  = "/shop/prod"
  }
}

run "B24_a_worker_has_env_and_flags_and_no_port" {
  command = apply
  variables {
    env_vars = { QUEUE = "mail" }
    command  = ["--verbose"]
  }
  assert {
    condition = (
      jsondecode(output.container_definitions)[0].command == ["--verbose"] &&
      contains(jsondecode(output.container_definitions)[0].environment, { name = "QUEUE", value = "mail" }) &&
      length(jsondecode(output.container_definitions)[0].portMappings) == 0
    )
    error_message = output.container_definitions
  }
  assert {
    condition     = output.log_group == "/shop/prod/mailer" && output.name == "mailer"
    error_message = "Name and log group are outputs."
  }
}

run "refuses_a_name_in_capitals" {
  command = plan
  variables { name = "Mailer" }
  expect_failures = [var.name]
}
