# Who reaches whom, with a mocked provider; and who is refused.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name        = "segment"
  environment = "prod"
  vpc_id      = "vpc-00000000000000001"
  cidr        = "10.30.0.0/16"
}

run "b16_nobody_reaches_the_bastion_by_default" {
  command = plan

  assert {
    condition     = length([for key, rule in aws_vpc_security_group_ingress_rule.main : key if startswith(key, "external_ssh")]) == 0
    error_message = "The bastion must have no open port."
  }

  assert {
    condition     = toset([for key, rule in aws_vpc_security_group_ingress_rule.main : key if rule.cidr_ipv4 == "0.0.0.0/0"]) == toset(["external_elb-80", "external_elb-443"])
    error_message = "Only public load balancers may be open to the world."
  }

  assert {
    condition     = alltrue([for rule in merge(aws_vpc_security_group_ingress_rule.main, aws_vpc_security_group_egress_rule.main) : length(rule.description) > 0])
    error_message = "Every rule must say what it is for."
  }
}

run "b16_ssh_from_named_addresses" {
  command = plan

  variables {
    ssh_allowed_cidrs = ["203.0.113.7/32"]
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.main["external_ssh-203.0.113.7/32"].from_port == 22
    error_message = "SSH must be open to the named address."
  }
}

run "b33_the_bastion_reaches_internal_load_balancers" {
  command = apply

  assert {
    condition     = aws_vpc_security_group_ingress_rule.main["internal_elb-80"].cidr_ipv4 == "10.30.0.0/16" && aws_vpc_security_group_egress_rule.main["external_ssh"].cidr_ipv4 == "10.30.0.0/16"
    error_message = "There must be a way from the bastion to port 80 of internal load balancers."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.internal_ssh.referenced_security_group_id == output.external_ssh
    error_message = "SSH inside must come from the bastion only."
  }
}

run "b16_ssh_from_the_world_is_refused" {
  command = plan
  variables {
    ssh_allowed_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.ssh_allowed_cidrs]
}

run "b16_half_of_the_world_is_refused_too" {
  command = plan
  variables {
    ssh_allowed_cidrs = ["0.0.0.0/1", "128.0.0.0/1"]
  }
  expect_failures = [var.ssh_allowed_cidrs]
}

run "b16_unless_it_is_meant" {
  command = plan
  variables {
    ssh_allowed_cidrs = ["0.0.0.0/0"]
    allow_world_ssh   = true
  }
}

run "an_address_without_its_length_is_refused" {
  command = plan
  variables {
    ssh_allowed_cidrs = ["203.0.113.7"]
  }
  expect_failures = [var.ssh_allowed_cidrs]
}

run "what_is_no_vpc_is_refused" {
  command = plan
  variables {
    vpc_id = "subnet-1"
    cidr   = "all"
  }
  expect_failures = [var.vpc_id, var.cidr]
}

run "names_that_would_not_do_are_refused" {
  command = plan
  variables {
    name        = "sg-mine"
    environment = "PROD"
  }
  expect_failures = [var.name, var.environment]
}
