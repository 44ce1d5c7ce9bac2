# What the roles grant, read from their policies, with a mocked provider.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name        = "segment"
  environment = "prod"
}

run "b14_instances_may_write_to_the_stacks_log_groups_and_make_none" {
  command = plan

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_role_policy.instance.policy).Statement :
      try(contains(statement.Action, "logs:PutLogEvents"), false) && statement.Resource == "arn:aws:logs:us-west-2:111122223333:log-group:/segment/prod/*:*"
    ])
    error_message = "Instances must be allowed to write under /segment/prod, and there only: ${aws_iam_role_policy.instance.policy}"
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.instance.policy, "CreateLogGroup") && !strcontains(aws_iam_role_policy.instance.policy, "DescribeLogStreams")
    error_message = "Terraform makes the groups, and the agent never describes streams."
  }
}

run "least_privilege_a_star_only_where_aws_knows_no_resource" {
  command = plan

  assert {
    condition = alltrue([
      for statement in concat(jsondecode(aws_iam_role_policy.instance.policy).Statement, jsondecode(aws_iam_role_policy.execution.policy).Statement) :
      length(setsubtract(flatten([statement.Action]), [
        "ec2:DescribeTags", "ecr:GetAuthorizationToken", "ecs:DiscoverPollEndpoint", "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
      ])) == 0
      if statement.Resource == "*"
    ])
    error_message = "An action with resources of its own must name them."
  }

  assert {
    condition     = !strcontains("${aws_iam_role_policy.instance.policy}${aws_iam_role_policy.execution.policy}", ":*\"]") && !can(regex("\"[a-z0-9]+:\\*\"", "${aws_iam_role_policy.instance.policy}${aws_iam_role_policy.execution.policy}"))
    error_message = "No action may be a whole service."
  }
}

run "only_ecs_of_this_account_takes_the_execution_role" {
  command = plan

  assert {
    condition     = jsondecode(aws_iam_role.execution.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111122223333"
    error_message = "Another account's tasks must not get the role."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.execution.policy, "GetSecretValue")
    error_message = "The shared role must read no secrets unless they are named."
  }
}

run "b36_names_hold_the_region" {
  command = plan

  assert {
    condition     = aws_iam_role.instance.name == "segment-prod-instance-us-west-2" && aws_iam_role.execution.name == "segment-prod-execution-us-west-2"
    error_message = "roles: ${aws_iam_role.instance.name} ${aws_iam_role.execution.name}"
  }
}

run "the_longest_names_still_fit" {
  command = plan

  variables {
    name        = "abcdefghijklmnopqrst"
    environment = "abcdefghijklmnop"
  }

  override_data {
    target = data.aws_region.current
    values = { id = "ap-northeast-3" }
  }

  assert {
    condition     = length(aws_iam_role.execution.name) <= 64
    error_message = "role: ${aws_iam_role.execution.name}"
  }
}

run "what_is_asked_for_is_granted" {
  command = plan

  variables {
    create_log_groups   = true
    secret_arns         = ["arn:aws:secretsmanager:us-west-2:111122223333:secret:db"]
    ecr_repository_arns = ["arn:aws:ecr:us-west-2:444455556666:repository/web"]
    session_manager     = false
  }

  assert {
    condition     = strcontains(aws_iam_role_policy.instance.policy, "logs:CreateLogGroup") && strcontains(aws_iam_role_policy.execution.policy, "secret:db") && strcontains(aws_iam_role_policy.execution.policy, "444455556666") && !strcontains(aws_iam_role_policy.instance.policy, "ssmmessages")
    error_message = "policies: ${aws_iam_role_policy.instance.policy} ${aws_iam_role_policy.execution.policy}"
  }
}

run "arns_that_are_none_are_refused" {
  command = plan
  variables {
    secret_arns          = ["password"]
    ecr_repository_arns  = ["nginx"]
    permissions_boundary = "boundary"
  }
  expect_failures = [var.secret_arns, var.ecr_repository_arns, var.permissions_boundary]
}

run "a_prefix_with_a_slash_at_its_end_is_refused" {
  command = plan
  variables {
    log_group_prefix = "/segment/"
  }
  expect_failures = [var.log_group_prefix]
}

run "a_path_without_slashes_is_refused" {
  command = plan
  variables {
    path = "stack"
  }
  expect_failures = [var.path]
}

run "names_that_would_not_do_are_refused" {
  command = plan
  variables {
    name        = "a-name-that-is-too-long-for-us"
    environment = "_"
  }
  expect_failures = [var.name, var.environment]
}
