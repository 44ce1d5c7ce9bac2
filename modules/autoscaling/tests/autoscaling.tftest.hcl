# Scaling policies with a mocked provider.
mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  cluster = "arn:aws:ecs:us-west-2:111122223333:cluster/shop-prod"
  service = "api"
  max     = 10
}

run "each_target_is_a_policy" {
  command = plan
  variables {
    cpu                    = 60
    memory                 = 70
    requests               = 1000
    request_resource_label = "app/x/1/targetgroup/y/2"
  }
  assert {
    condition     = toset(keys(aws_appautoscaling_policy.target)) == toset(["cpu", "memory", "requests"]) && aws_appautoscaling_target.service.resource_id == "service/shop-prod/api"
    error_message = "Three policies on the one service."
  }
}

run "refuses_no_target" {
  command         = plan
  expect_failures = [var.cpu]
}

run "refuses_max_below_min" {
  command = plan
  variables {
    cpu = 50
    min = 11
  }
  expect_failures = [var.max]
}

run "refuses_half_a_task" {
  command = plan
  variables {
    cpu = 50
    min = 0.5
  }
  expect_failures = [var.min]
}

run "refuses_more_than_all_cpu" {
  command = plan
  variables { cpu = 150 }
  expect_failures = [var.cpu]
}

run "refuses_more_than_all_memory" {
  command = plan
  variables { memory = 150 }
  expect_failures = [var.memory]
}

run "refuses_no_requests" {
  command = plan
  variables {
    requests               = 0
    request_resource_label = "x"
  }
  expect_failures = [var.requests]
}

run "refuses_requests_without_a_load_balancer" {
  command = plan
  variables { requests = 100 }
  expect_failures = [var.request_resource_label]
}
