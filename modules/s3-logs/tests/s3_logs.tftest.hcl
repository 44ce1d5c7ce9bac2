# The bucket and its policy, with a mocked provider.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name        = "segment"
  environment = "prod"
}

run "b35_load_balancers_may_write_and_nobody_else" {
  command = apply

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.main.policy).Statement :
      statement.Principal == { Service = "logdelivery.elasticloadbalancing.amazonaws.com" } && statement.Action == "s3:PutObject" && statement.Effect == "Allow"
      if statement.Effect == "Allow"
    ])
    error_message = "The log delivery of load balancers must be let in: ${aws_s3_bucket_policy.main.policy}"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_s3_bucket_policy.main.policy).Statement : can(statement.Condition)
    ])
    error_message = "Every statement must be bound to this account: ${aws_s3_bucket_policy.main.policy}"
  }

  assert {
    condition     = anytrue([for statement in jsondecode(aws_s3_bucket_policy.main.policy).Statement : statement.Effect == "Deny" && can(statement.Condition.Bool["aws:SecureTransport"])])
    error_message = "Plain HTTP must be denied."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.main.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "Load balancers cannot write to a bucket with a KMS key."
  }

  assert {
    condition     = alltrue([aws_s3_bucket_public_access_block.main.block_public_acls, aws_s3_bucket_public_access_block.main.block_public_policy, aws_s3_bucket_public_access_block.main.ignore_public_acls, aws_s3_bucket_public_access_block.main.restrict_public_buckets])
    error_message = "The bucket must be closed to the public."
  }

  assert {
    condition     = !aws_s3_bucket.main.force_destroy
    error_message = "A bucket with logs must stop destroy unless asked otherwise."
  }
}

run "b36_the_name_is_of_account_and_region" {
  command = plan

  assert {
    condition     = aws_s3_bucket.main.bucket == "segment-prod-logs-111122223333-us-west-2"
    error_message = "bucket: ${aws_s3_bucket.main.bucket}"
  }
}

run "the_longest_names_still_fit" {
  command = plan

  variables {
    name        = "abcdefghijklmnopqrst"
    environment = "abcdefghijklmnop"
  }

  assert {
    condition     = length(aws_s3_bucket.main.bucket) <= 63 && endswith(aws_s3_bucket.main.bucket, "-logs-111122223333-us-west-2")
    error_message = "bucket: ${aws_s3_bucket.main.bucket}"
  }
}

run "logs_can_be_kept_for_ever" {
  command = plan

  variables {
    expiration_days = 0
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.main.rule : rule.id] == ["abort-unfinished-uploads"]
    error_message = "No rule may delete logs."
  }
}

run "where_an_account_delivers_it_is_let_in_too" {
  command = apply

  variables {
    legacy_regions = ["us-west-2"]
  }

  assert {
    condition     = anytrue([for statement in jsondecode(aws_s3_bucket_policy.main.policy).Statement : can(statement.Principal.AWS)])
    error_message = "The account of load balancers must be let in: ${aws_s3_bucket_policy.main.policy}"
  }
}

run "half_a_day_is_refused" {
  command = plan
  variables {
    expiration_days = 0.5
  }
  expect_failures = [var.expiration_days]
}

run "names_that_would_not_do_are_refused" {
  command = plan
  variables {
    name        = "Segment"
    environment = "prod-"
  }
  expect_failures = [var.name, var.environment]
}
