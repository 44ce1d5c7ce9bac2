# A scheduled task with a mocked provider.
mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name     = "report"
  image    = "registry.example.com/team/report:1.0"
  schedule = "cron(0 3 * * ? *)"
  stack = {
    name              = "shop"
    environment       = "prod"
    cluster_arn       = "arn:aws:ecs:us-west-2:111122223333:cluster/shop-prod"
    capacity_provider = "shop-prod"
    vpc_id            = "vpc-00000000000000001"
    internal_subnets  = ["subnet-1", "subnet-2"]
    log_driver        = "journald"
    log_group_prefix  = "/shop/prod"
  }
}

run "the_clock_starts_it_on_the_stacks_cluster" {
  command = apply
  assert {
    condition     = aws_scheduler_schedule.task.name == "shop-prod-report" && one(aws_scheduler_schedule.task.target).arn == "arn:aws:ecs:us-west-2:111122223333:cluster/shop-prod" && one(one(one(aws_scheduler_schedule.task.target).ecs_parameters).capacity_provider_strategy).capacity_provider == "shop-prod"
    error_message = "Cluster and capacity provider of the stack."
  }
  assert {
    condition     = output.log_group == "/shop/prod/report"
    error_message = output.log_group
  }
}

run "the_scheduler_may_start_this_family_and_nothing_else" {
  command = apply
  assert {
    condition     = { for s in jsondecode(aws_iam_role_policy.scheduler.policy).Statement : s.Sid => s.Resource }.Run == ["arn:aws:ecs:us-west-2:111122223333:task-definition/shop-prod-report:*"]
    error_message = aws_iam_role_policy.scheduler.policy
  }
}

run "on_fargate_it_has_a_group_without_a_way_in" {
  command = plan
  variables { capacity_providers = { FARGATE_SPOT = {} } }
  assert {
    condition     = length(aws_security_group.task) == 1 && length(one(one(aws_scheduler_schedule.task.target).ecs_parameters).network_configuration) == 1
    error_message = "A group of its own."
  }
}

run "refuses_a_cron_line_of_unix" {
  command = plan
  variables { schedule = "0 3 * * *" }
  expect_failures = [var.schedule]
}

run "refuses_a_window_of_days" {
  command = plan
  variables { window_minutes = 2000 }
  expect_failures = [var.window_minutes]
}

run "refuses_too_many_tasks" {
  command = plan
  variables { task_count = 11 }
  expect_failures = [var.task_count]
}

run "refuses_endless_retries" {
  command = plan
  variables { retries = 200 }
  expect_failures = [var.retries]
}

run "refuses_to_mix_fargate_and_machines" {
  command = plan
  variables { capacity_providers = { FARGATE = {}, mine = {} } }
  expect_failures = [var.capacity_providers]
}

run "refuses_a_task_without_a_cluster" {
  command = plan
  variables { stack = {} }
  expect_failures = [aws_scheduler_schedule.task]
}

run "refuses_a_name_in_capitals" {
  command = plan
  variables { name = "Report" }
  expect_failures = [var.name]
}

run "refuses_two_bases" {
  command = plan
  variables {
    capacity_providers = { a = { base = 1 }, b = { base = 1 } }
  }
  expect_failures = [var.capacity_providers]
}

run "refuses_a_capacity_provider_that_cannot_exist" {
  command = plan
  variables {
    capacity_providers = { aws-mine = {} }
  }
  expect_failures = [var.capacity_providers]
}

run "refuses_a_name_too_long_for_a_schedule" {
  command = plan
  variables {
    name = "a-report-that-is-called-by-a-very-long-name-that-nobody-can-say"
  }
  expect_failures = [aws_scheduler_schedule.task]
}
