# The bastion, with a mocked provider.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name            = "segment"
  environment     = "prod"
  subnet_id       = "subnet-00000000000000001"
  security_groups = ["sg-00000000000000001"]
}

run "b16_a_machine_that_needs_no_open_port" {
  command = apply

  assert {
    condition     = aws_instance.main[0].metadata_options[0].http_tokens == "required" && aws_instance.main[0].metadata_options[0].http_put_response_hop_limit == 1
    error_message = "The instance's role must not be had by a plain request."
  }

  assert {
    condition     = aws_instance.main[0].root_block_device[0].encrypted && aws_instance.main[0].root_block_device[0].volume_type == "gp3"
    error_message = "The disk must be encrypted."
  }

  assert {
    condition     = aws_instance.main[0].key_name == null || aws_instance.main[0].key_name == ""
    error_message = "No key is needed: Session Manager gets in."
  }

  assert {
    condition     = toset([for action in jsondecode(aws_iam_role_policy.main[0].policy).Statement[0].Action : split(":", action)[0]]) == toset(["ssm", "ssmmessages"])
    error_message = "The bastion may do nothing but be reached: ${aws_iam_role_policy.main[0].policy}"
  }

  assert {
    condition     = startswith(output.command, "aws ssm start-session --region us-west-2 --target ")
    error_message = "command: ${output.command}"
  }
}

run "graviton_gets_an_image_for_it" {
  command = plan

  assert {
    condition     = endswith(data.aws_ssm_parameter.image[0].name, "-arm64")
    error_message = "image: ${data.aws_ssm_parameter.image[0].name}"
  }
}

run "x86_gets_an_image_for_it" {
  command = plan

  variables {
    instance_type = "t3.micro"
  }

  assert {
    condition     = endswith(data.aws_ssm_parameter.image[0].name, "-x86_64")
    error_message = "image: ${data.aws_ssm_parameter.image[0].name}"
  }
}

run "an_endpoint_instead_of_a_machine" {
  command = apply

  variables {
    mode = "endpoint"
  }

  assert {
    condition     = length(aws_instance.main) == 0 && length(aws_eip.main) == 0 && length(aws_iam_role.main) == 0 && length(aws_ec2_instance_connect_endpoint.main) == 1
    error_message = "An endpoint must come without machine, address and role."
  }

  assert {
    condition     = output.external_ip == null && startswith(output.command, "aws ec2-instance-connect ssh")
    error_message = "command: ${output.command}"
  }
}

run "an_unknown_mode_is_refused" {
  command = plan
  variables {
    mode = "none"
  }
  expect_failures = [var.mode]
}

run "a_bastion_in_the_default_group_is_refused" {
  command = plan
  variables {
    security_groups = []
  }
  expect_failures = [var.security_groups]
}

run "values_that_would_fail_at_apply_are_refused" {
  command = plan
  variables {
    name          = "x"
    environment   = "PROD"
    ami_id        = "al2023"
    volume_size   = 4
    instance_type = "small"
  }
  expect_failures = [var.name, var.environment, var.ami_id, var.volume_size, var.instance_type]
}
