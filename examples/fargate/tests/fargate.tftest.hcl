# Applied with a mocked provider.
mock_provider "aws" {
  source = "../../tests/mocks"
}

# With an image of ours published, its machines ship the journal.
override_data {
  target = module.stack.data.aws_ssm_parameters_by_path.images
  values = { names = ["/stack/ami/ecs/arm64", "/stack/ami/ecs/x86_64"], values = ["ami-00000000000000001", "ami-00000000000000001"] }
}

run "services_on_fargate_log_by_awslogs_and_have_a_group_of_their_own" {
  command = apply
  assert {
    condition     = module.nginx.log_driver == "awslogs" && module.nginx.security_group_id != null && output.url == "http://nginx.stack.local"
    error_message = "awslogs, a security group, a name."
  }
  assert {
    condition     = output.log_groups == ["/serverless/prod/nginx", "/serverless/prod/report"]
    error_message = jsonencode(output.log_groups)
  }
}
