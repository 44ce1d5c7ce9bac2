# Applied with a mocked provider.
mock_provider "aws" {
  source = "../../tests/mocks"
}

# With an image of ours published, its machines ship the journal.
override_data {
  target = module.stack.data.aws_ssm_parameters_by_path.images
  values = { names = ["/stack/ami/ecs/arm64", "/stack/ami/ecs/x86_64"], values = ["ami-00000000000000001", "ami-00000000000000001"] }
}

run "the_small_stack_costs_little_and_may_go" {
  command = apply
  assert {
    condition     = length(module.stack.nat_ips) == 1 && module.stack.force_destroy && module.stack.log_retention_days == 7
    error_message = "One NAT gateway, a week of logs, no protection."
  }
  assert {
    condition     = module.nginx.dashboard == null && length(module.nginx.alarms) == 0
    error_message = "No dashboard and no alarms."
  }
}
