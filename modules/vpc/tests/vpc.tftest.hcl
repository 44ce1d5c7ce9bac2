# The network with a mocked provider: how many of what, and what is refused.

mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name        = "segment"
  environment = "prod"
}

run "b9_three_zones_each_with_a_private_and_a_public_subnet" {
  command = apply

  assert {
    condition     = [for zone in output.availability_zones : aws_subnet.internal[zone].cidr_block] == ["10.30.0.0/19", "10.30.64.0/19", "10.30.128.0/19"]
    error_message = "private: ${jsonencode([for zone in output.availability_zones : aws_subnet.internal[zone].cidr_block])}"
  }

  assert {
    condition     = [for zone in output.availability_zones : aws_subnet.external[zone].cidr_block] == ["10.30.32.0/20", "10.30.96.0/20", "10.30.160.0/20"]
    error_message = "public: ${jsonencode([for zone in output.availability_zones : aws_subnet.external[zone].cidr_block])}"
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.external : !subnet.map_public_ip_on_launch])
    error_message = "What starts in a public subnet must not get a public address unasked."
  }

  assert {
    condition     = aws_vpc.main.enable_dns_support && aws_vpc.main.enable_dns_hostnames
    error_message = "Private zones and endpoints need both DNS switches of the VPC."
  }

  assert {
    condition     = aws_vpc_endpoint.s3.service_name == "com.amazonaws.us-west-2.s3" && length(aws_vpc_endpoint.s3.route_table_ids) > 0
    error_message = "Image layers must not go through NAT."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && length(aws_flow_log.main) == 0 && length(aws_egress_only_internet_gateway.main) == 0
    error_message = "What costs extra must be asked for."
  }
}

run "b10_each_private_subnet_leaves_by_the_gateway_of_its_zone" {
  command = apply

  assert {
    condition     = length(aws_nat_gateway.main) == 3 && alltrue([for zone, route in aws_route.internal : route.nat_gateway_id == aws_nat_gateway.main[zone].id])
    error_message = "Private subnets must leave by their own zone's NAT gateway."
  }

  assert {
    condition     = alltrue([for zone, gateway in aws_nat_gateway.main : gateway.subnet_id == aws_subnet.external[zone].id])
    error_message = "NAT gateways must stand in the public subnets of their zones."
  }

  assert {
    condition     = aws_route.external.gateway_id == aws_internet_gateway.main.id
    error_message = "Public subnets must leave by the internet gateway."
  }
}

run "b18_a_single_gateway_serves_all_zones" {
  command = apply

  variables {
    nat = "single"
  }

  assert {
    condition     = keys(aws_nat_gateway.main) == ["us-west-2a"] && length(distinct([for route in aws_route.internal : route.nat_gateway_id])) == 1 && length(aws_route.internal) == 3
    error_message = "gateways: ${jsonencode(keys(aws_nat_gateway.main))}"
  }
}

run "b18_without_nat_there_is_no_way_out" {
  command = plan

  variables {
    nat                 = "none"
    interface_endpoints = ["ecr.api", "ecr.dkr", "logs"]
  }

  assert {
    condition     = length(aws_nat_gateway.main) == 0 && length(aws_eip.nat) == 0 && length(aws_route.internal) == 0
    error_message = "nat = \"none\" must make neither gateways nor addresses nor routes."
  }

  assert {
    condition     = aws_vpc_endpoint.interface["ecr.api"].service_name == "com.amazonaws.us-west-2.ecr.api" && aws_vpc_security_group_ingress_rule.endpoints[0].cidr_ipv4 == "10.30.0.0/16"
    error_message = "Endpoints must be named by their region and take HTTPS from the VPC."
  }
}

run "b36_a_second_region_takes_another_network" {
  command = plan

  variables {
    cidr = "10.31.0.0/16"
  }

  assert {
    condition     = alltrue([for subnet in merge(aws_subnet.internal, aws_subnet.external) : startswith(subnet.cidr_block, "10.31.")])
    error_message = "Subnets must lie in the network."
  }
}

run "all_zones_where_there_are_fewer" {
  command = plan

  override_data {
    target = data.aws_availability_zones.available
    values = { names = ["us-west-1a", "us-west-1c"] }
  }

  assert {
    condition     = output.availability_zones == tolist(["us-west-1a", "us-west-1c"])
    error_message = "zones: ${jsonencode(output.availability_zones)}"
  }
}

run "subnets_by_hand" {
  command = plan

  variables {
    availability_zones = ["us-west-2b", "us-west-2c"]
    internal_subnets   = ["10.30.1.0/24", "10.30.2.0/24"]
    external_subnets   = ["10.30.101.0/24", "10.30.102.0/24"]
  }

  assert {
    condition     = aws_subnet.internal["us-west-2c"].cidr_block == "10.30.2.0/24" && aws_subnet.external["us-west-2b"].cidr_block == "10.30.101.0/24"
    error_message = "Ranges given by hand must be taken in the order of the zones."
  }
}

run "ipv6_on_request" {
  command = apply

  variables {
    ipv6 = true
  }

  assert {
    condition     = aws_subnet.internal["us-west-2a"].ipv6_cidr_block == "2001:db8:1200::/64" && aws_subnet.external["us-west-2a"].ipv6_cidr_block == "2001:db8:1200:80::/64"
    error_message = "ranges: ${aws_subnet.internal["us-west-2a"].ipv6_cidr_block} ${aws_subnet.external["us-west-2a"].ipv6_cidr_block}"
  }

  assert {
    condition     = length(aws_route.internal_ipv6) == 3 && length(aws_route.external_ipv6) == 1
    error_message = "IPv6 must have ways out too."
  }
}

run "flow_logs_have_a_retention_and_a_role_for_them_alone" {
  command = apply

  variables {
    flow_logs = true
  }

  assert {
    condition     = aws_cloudwatch_log_group.flow_logs[0].retention_in_days == 30 && aws_cloudwatch_log_group.flow_logs[0].name == "/segment/prod/_flow-logs"
    error_message = "The group of flow logs must have a retention."
  }

  assert {
    condition     = jsondecode(aws_iam_role.flow_logs[0].assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111122223333"
    error_message = "Only this account's flow logs may take the role."
  }
}

run "too_small_a_network_is_refused" {
  command = plan
  variables {
    cidr = "10.30.0.0/25"
  }
  expect_failures = [var.cidr]
}

run "five_zones_are_refused" {
  command = plan
  variables {
    az_count = 5
  }
  expect_failures = [var.az_count]
}

run "no_zones_are_refused" {
  command = plan
  variables {
    availability_zones = []
  }
  expect_failures = [var.availability_zones]
}

run "fewer_ranges_than_zones_are_refused" {
  command = plan
  variables {
    availability_zones = ["us-west-2a", "us-west-2b"]
    internal_subnets   = ["10.30.1.0/24"]
    external_subnets   = ["10.30.2.0/24"]
  }
  expect_failures = [var.internal_subnets, var.external_subnets]
}

run "ranges_that_are_none_are_refused" {
  command = plan
  variables {
    internal_subnets = ["here"]
    external_subnets = ["there"]
  }
  expect_failures = [var.internal_subnets, var.external_subnets]
}

run "an_unknown_kind_of_nat_is_refused" {
  command = plan
  variables {
    nat = "instance"
  }
  expect_failures = [var.nat]
}

run "an_endpoint_by_its_long_name_is_refused" {
  command = plan
  variables {
    interface_endpoints = ["com.amazonaws.us-west-2.logs"]
  }
  expect_failures = [var.interface_endpoints]
}

run "a_paid_endpoint_for_s3_is_refused" {
  command = plan
  variables {
    interface_endpoints = ["s3"]
  }
  expect_failures = [var.interface_endpoints]
}

run "an_odd_retention_is_refused" {
  command = plan
  variables {
    flow_logs_retention_days = 31
  }
  expect_failures = [var.flow_logs_retention_days]
}

run "names_that_would_not_do_are_refused" {
  command = plan
  variables {
    name        = "my stack"
    environment = "Prod!"
  }
  expect_failures = [var.name, var.environment]
}
