# Applied with a mocked provider.
mock_provider "aws" {
  source = "../../tests/mocks"
}

# With an image of ours published, its machines ship the journal.
override_data {
  target = module.stack.data.aws_ssm_parameters_by_path.images
  values = { names = ["/stack/ami/ecs/arm64", "/stack/ami/ecs/x86_64"], values = ["ami-00000000000000001", "ami-00000000000000001"] }
}

run "each_service_keeps_its_name_behind_one_load_balancer" {
  command = apply
  assert {
    condition     = output.urls == { orders = "http://orders.stack.local", users = "http://users.stack.local", search = "http://search.stack.local" }
    error_message = jsonencode(output.urls)
  }
  assert {
    condition     = alltrue([for s in module.service : s.load_balancer_arn_suffix == module.shared.arn_suffix && s.dns == module.shared.dns_name])
    error_message = "All lie behind the shared one."
  }
}
