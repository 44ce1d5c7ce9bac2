# Two stacks of one name beside each other, with mocked providers.

mock_provider "aws" {
  alias  = "west"
  source = "../../tests/mocks"

  # With an image of ours published in both.
  override_data {
    target = module.west.data.aws_ssm_parameters_by_path.images
    values = { names = ["/stack/ami/ecs/x86_64"] }
  }
}

mock_provider "aws" {
  alias  = "east"
  source = "../../tests/mocks"

  override_data {
    target = module.east.data.aws_ssm_parameters_by_path.images
    values = { names = ["/stack/ami/ecs/x86_64"] }
  }

  override_data {
    target = module.east.data.aws_region.current
    values = { id = "us-east-1", name = "us-east-1" }
  }

  override_data {
    target = module.east.module.iam_role.data.aws_region.current
    values = { id = "us-east-1", name = "us-east-1" }
  }

  override_data {
    target = module.east.module.s3_logs[0].data.aws_region.current
    values = { id = "us-east-1", name = "us-east-1" }
  }
}

run "b36_two_regions_share_no_name_and_no_address" {
  command = apply

  assert {
    condition     = output.regions["us-west-2"].instance_role != output.regions["us-east-1"].instance_role
    error_message = "Roles are the account's: ${jsonencode(output.regions)}"
  }

  assert {
    condition     = output.regions["us-west-2"].log_bucket != output.regions["us-east-1"].log_bucket
    error_message = "Bucket names are the world's: ${jsonencode(output.regions)}"
  }

  assert {
    condition     = output.regions["us-west-2"].cidr == "10.30.0.0/16" && output.regions["us-east-1"].cidr == "10.31.0.0/16"
    error_message = "The networks must not overlap: ${jsonencode(output.regions)}"
  }
}
