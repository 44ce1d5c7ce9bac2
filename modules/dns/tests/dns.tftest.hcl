# Zones, with a mocked provider.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name = "stack.local"
}

run "b22_with_a_vpc_the_zone_is_private" {
  command = plan

  variables {
    vpc_id = "vpc-00000000000000001"
  }

  assert {
    condition     = one(aws_route53_zone.main.vpc).vpc_id == "vpc-00000000000000001"
    error_message = "The zone must be bound to the VPC."
  }

  assert {
    condition     = !aws_route53_zone.main.force_destroy
    error_message = "Records of others must stop destroy unless asked otherwise."
  }
}

run "without_a_vpc_the_zone_is_public" {
  command = plan

  variables {
    name = "example.com"
  }

  assert {
    condition     = length(aws_route53_zone.main.vpc) == 0
    error_message = "Without a VPC the zone must be public."
  }
}

run "a_name_with_a_final_dot_is_refused" {
  command = plan
  variables {
    name = "stack.local."
  }
  expect_failures = [var.name]
}

run "a_name_without_a_dot_is_refused" {
  command = plan
  variables {
    name = "local"
  }
  expect_failures = [var.name]
}

run "what_is_no_vpc_is_refused" {
  command = plan
  variables {
    vpc_id = "stack"
  }
  expect_failures = [var.vpc_id]
}
