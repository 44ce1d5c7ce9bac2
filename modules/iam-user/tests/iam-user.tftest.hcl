# A user with a mocked provider.
mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name   = "mailer"
  policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
}

run "a_user_has_a_policy_and_a_key" {
  command = apply
  assert {
    condition     = aws_iam_user_policy.user.user == "mailer" && length(aws_iam_access_key.user) == 1 && issensitive(output.secret_key)
    error_message = "The secret is marked as one."
  }
}

run "without_a_key_no_secret_is_in_the_state" {
  command = apply
  variables { access_key = false }
  assert {
    condition     = length(aws_iam_access_key.user) == 0 && nonsensitive(output.secret_key) == null
    error_message = "No key."
  }
}

run "refuses_a_policy_that_is_none" {
  command = plan
  variables { policy = "ses:SendEmail" }
  expect_failures = [var.policy]
}

run "refuses_a_name_with_a_space" {
  command = plan
  variables { name = "the mailer" }
  expect_failures = [var.name]
}

run "refuses_a_path_without_slashes" {
  command = plan
  variables { path = "apps" }
  expect_failures = [var.path]
}
