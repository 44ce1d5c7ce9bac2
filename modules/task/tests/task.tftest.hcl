# A task with a mocked provider: definition, log group, roles.
mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name  = "mailer"
  image = "registry.example.com/team/mailer:1.0"
  stack = {
    name             = "shop"
    environment      = "prod"
    architecture     = "ARM64"
    log_driver       = "journald"
    log_group_prefix = "/shop/prod"
    tags             = { Stack = "shop" }
  }
}

run "names_carry_stack_and_environment" {
  command = apply
  assert {
    condition     = aws_ecs_task_definition.task.family == "shop-prod-mailer" && output.family == "shop-prod-mailer"
    error_message = "Two stacks of one account must not share a family: ${aws_ecs_task_definition.task.family}"
  }
  assert {
    condition     = one(aws_ecs_task_definition.task.runtime_platform).cpu_architecture == "ARM64"
    error_message = "The stack's architecture is taken."
  }
  assert {
    condition     = aws_ecs_task_definition.task.tags["Stack"] == "shop"
    error_message = "The stack's tags are taken."
  }
}

run "B14_logs_go_to_a_group_with_retention_on_machines_that_ship_them" {
  command = plan
  assert {
    condition     = aws_cloudwatch_log_group.task["mailer"].name == "/shop/prod/mailer" && aws_cloudwatch_log_group.task["mailer"].retention_in_days == 30
    error_message = "The log group is made with retention."
  }
  assert {
    condition     = one(aws_ecs_task_definition.task.placement_constraints).expression == "attribute:stack.ecs-logs exists"
    error_message = "A journald task asks for a machine where the journal is shipped."
  }
  assert {
    condition = alltrue([for c in jsondecode(aws_ecs_task_definition.task.container_definitions) :
    c.logConfiguration.logDriver == "journald" && c.logConfiguration.options.tag == "/shop/prod/mailer"])
    error_message = "The journal's tag is the log group."
  }
}

run "B32_one_group_for_a_service_and_the_container_name_for_the_stream" {
  command = plan
  variables {
    stack = { name = "shop", environment = "prod", log_driver = "awslogs", log_group_prefix = "/shop/prod" }
  }
  assert {
    condition     = jsondecode(aws_ecs_task_definition.task.container_definitions)[0].logConfiguration.options.awslogs-group == "/shop/prod/mailer" && jsondecode(aws_ecs_task_definition.task.container_definitions)[0].logConfiguration.options.awslogs-stream-prefix == "mailer"
    error_message = aws_ecs_task_definition.task.container_definitions
  }
  assert {
    condition     = length(aws_ecs_task_definition.task.placement_constraints) == 0
    error_message = "awslogs runs on any machine."
  }
}

run "B30_old_revisions_stay_for_a_rollback" {
  command = plan
  assert {
    condition     = aws_ecs_task_definition.task.skip_destroy
    error_message = "A deregistered revision cannot be rolled back to."
  }
}

run "force_destroy_leaves_no_active_revision" {
  command = plan
  variables {
    stack = { name = "shop", environment = "dev", force_destroy = true }
  }
  assert {
    condition     = !aws_ecs_task_definition.task.skip_destroy
    error_message = "force_destroy deregisters."
  }
}

run "the_environment_says_where_it_runs_and_whom_it_calls" {
  command = plan
  variables {
    env_vars = { STACK_ENV = "mine" }
    links    = { "user-db" = { url = "http://user-db.stack.local" }, beacon = { url = "http://beacon.stack.local" } }
  }
  assert {
    condition = { for e in jsondecode(aws_ecs_task_definition.task.container_definitions)[0].environment : e.name => e.value } == {
      AWS_REGION         = "us-west-2"
      AWS_DEFAULT_REGION = "us-west-2"
      STACK_NAME         = "shop"
      STACK_ENV          = "mine"
      SERVICE_NAME       = "mailer"
      USER_DB_URL        = "http://user-db.stack.local"
      BEACON_URL         = "http://beacon.stack.local"
    }
    error_message = aws_ecs_task_definition.task.container_definitions
  }
}

# Pain 1: who deploys owns the tag; Terraform reads it.
run "the_tag_comes_from_the_parameter_that_the_deployment_writes" {
  command = plan
  variables {
    image               = "registry.example.com/team/mailer"
    image_ssm_parameter = "/shop/prod/mailer/tag"
  }
  override_data {
    target = data.aws_ssm_parameter.image_tag["image_tag"]
    values = { insecure_value = "2.3.4" }
  }
  assert {
    condition     = output.image == "registry.example.com/team/mailer:2.3.4"
    error_message = output.image
  }
}

run "secrets_are_read_by_this_task_alone" {
  command = plan
  variables {
    secrets = {
      TOKEN = "arn:aws:secretsmanager:us-west-2:111122223333:secret:token-AbCdEf:password::"
      FLAG  = "arn:aws:ssm:us-west-2:111122223333:parameter/flag"
    }
    secrets_kms_key_arns = ["arn:aws:kms:us-west-2:111122223333:key/1"]
  }
  assert {
    condition = { for s in jsondecode(aws_iam_role_policy.execution.policy).Statement : s.Sid => s.Resource if contains(["ReadSecrets", "ReadParameters", "DecryptSecrets"], s.Sid) } == {
      ReadSecrets    = ["arn:aws:secretsmanager:us-west-2:111122223333:secret:token-AbCdEf"]
      ReadParameters = ["arn:aws:ssm:us-west-2:111122223333:parameter/flag"]
      DecryptSecrets = ["arn:aws:kms:us-west-2:111122223333:key/1"]
    }
    error_message = aws_iam_role_policy.execution.policy
  }
  assert {
    condition     = !strcontains(join("", [for e in jsondecode(aws_ecs_task_definition.task.container_definitions)[0].environment : e.name]), "TOKEN")
    error_message = "A secret is never in the plain environment."
  }
}

run "the_execution_role_has_least_privilege" {
  command = plan
  variables {
    image = "111122223333.dkr.ecr.us-west-2.amazonaws.com/team/mailer:1.0"
  }
  assert {
    condition = { for s in jsondecode(aws_iam_role_policy.execution.policy).Statement : s.Sid => s.Resource } == {
      PullToken = ["*"]
      PullImage = ["arn:aws:ecr:us-west-2:111122223333:repository/team/mailer"]
      WriteLogs = ["arn:aws:logs:us-west-2:111122223333:log-group:/shop/prod/mailer:*"]
    }
    error_message = aws_iam_role_policy.execution.policy
  }
  assert {
    condition     = jsondecode(aws_iam_role.execution.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111122223333"
    error_message = "Only ECS of this account may take the role."
  }
}

run "exec_is_a_policy_of_the_task_role_only_when_asked_for" {
  command = plan
  variables {
    enable_execute_command = true
    policies               = { mail = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  assert {
    condition     = toset(keys(aws_iam_role_policy.task)) == toset(["execute-command", "mail"])
    error_message = join(", ", keys(aws_iam_role_policy.task))
  }
}

run "a_role_of_ones_own_is_used_and_none_is_made" {
  command = plan
  variables {
    role = { arn = "arn:aws:iam::111122223333:role/mine", name = "mine" }
  }
  assert {
    condition     = length(aws_iam_role.task) == 0 && aws_ecs_task_definition.task.task_role_arn == "arn:aws:iam::111122223333:role/mine"
    error_message = "The given role is the task's."
  }
}

run "fargate_takes_awslogs_and_awsvpc_by_itself" {
  command = plan
  variables {
    fargate = true
    cpu     = 256
    memory  = 512
  }
  assert {
    condition     = output.log_driver == "awslogs" && output.network_mode == "awsvpc" && aws_ecs_task_definition.task.cpu == "256" && length(aws_ecs_task_definition.task.placement_constraints) == 0
    error_message = "Fargate has no journal and no placement: ${output.log_driver}, ${output.network_mode}"
  }
}

run "volumes_are_declared_and_mounted" {
  command = plan
  variables {
    volumes = { shared = { path = "/srv", efs_id = "fs-12345678" }, scratch = { path = "/scratch" } }
  }
  assert {
    condition     = toset([for v in aws_ecs_task_definition.task.volume : v.name]) == toset(["shared", "scratch"]) && length(jsondecode(aws_ecs_task_definition.task.container_definitions)[0].mountPoints) == 2
    error_message = "Both volumes are there."
  }
}

run "sidecars_run_beside_it" {
  command = plan
  variables { sidecars = ["{\"name\":\"router\",\"image\":\"router:1\",\"memory\":64}"] }
  assert {
    condition     = [for c in jsondecode(aws_ecs_task_definition.task.container_definitions) : c.name] == ["mailer", "router"]
    error_message = aws_ecs_task_definition.task.container_definitions
  }
}

run "logs_that_go_elsewhere_have_no_group" {
  command = plan
  variables { log_driver = "none" }
  assert {
    condition     = length(aws_cloudwatch_log_group.task) == 0 && output.log_group == null
    error_message = "No group."
  }
}

run "without_a_stack_it_stands_alone" {
  command = plan
  variables { stack = {} }
  assert {
    condition     = aws_ecs_task_definition.task.family == "mailer" && output.log_driver == "awslogs" && aws_cloudwatch_log_group.task["mailer"].name == "/ecs/mailer"
    error_message = "${aws_ecs_task_definition.task.family} ${output.log_driver}"
  }
}

run "warns_of_a_tag_that_moves" {
  command = plan
  variables { image = "nginx" }
  expect_failures = [check.image_tag_is_pinned]
}

run "the_questions_that_everyone_asks_of_its_logs_are_saved" {
  command = plan
  assert {
    condition     = aws_cloudwatch_query_definition.task["errors"].name == "shop/prod/mailer/errors" && aws_cloudwatch_query_definition.task["errors"].log_group_names == tolist(["/shop/prod/mailer"])
    error_message = "Saved under the group's name, for its group."
  }
}
