# The options, with a mocked provider.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name   = "stack.local"
  vpc_id = "vpc-00000000000000001"
}

run "b22_hosts_search_the_zone" {
  command = plan

  assert {
    condition     = aws_vpc_dhcp_options.main.domain_name == "stack.local" && aws_vpc_dhcp_options.main.domain_name_servers == tolist(["AmazonProvidedDNS"])
    error_message = "Hosts must search stack.local by the VPC's own name server."
  }
}

run "name_servers_by_address" {
  command = plan
  variables {
    servers = ["10.30.0.2", "AmazonProvidedDNS"]
  }
}

run "a_name_with_a_final_dot_is_refused" {
  command = plan
  variables {
    name = "stack.local."
  }
  expect_failures = [var.name]
}

run "a_name_server_by_name_is_refused" {
  command = plan
  variables {
    servers = ["ns.example.com"]
  }
  expect_failures = [var.servers]
}

run "five_name_servers_are_refused" {
  command = plan
  variables {
    servers = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"]
  }
  expect_failures = [var.servers]
}

run "what_is_no_vpc_is_refused" {
  command = plan
  variables {
    vpc_id = "stack"
  }
  expect_failures = [var.vpc_id]
}
