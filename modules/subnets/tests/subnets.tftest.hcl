# The layout, and what it refuses. No provider.

variables {
  cidr               = "10.30.0.0/16"
  availability_zones = ["us-west-2a", "us-west-2b", "us-west-2c"]
}

run "b9_the_layout_of_10_30_is_that_of_2016" {
  command = plan

  assert {
    condition     = output.internal_cidrs == tolist(["10.30.0.0/19", "10.30.64.0/19", "10.30.128.0/19"])
    error_message = "private subnets: ${jsonencode(output.internal_cidrs)}"
  }

  assert {
    condition     = output.external_cidrs == tolist(["10.30.32.0/20", "10.30.96.0/20", "10.30.160.0/20"])
    error_message = "public subnets: ${jsonencode(output.external_cidrs)}"
  }

  assert {
    condition     = output.spare["us-west-2a"] == "10.30.48.0/20"
    error_message = "spare: ${jsonencode(output.spare)}"
  }
}

run "b36_a_second_region_has_a_layout_that_does_not_overlap" {
  command = plan

  variables {
    cidr               = "10.31.0.0/16"
    availability_zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  }

  assert {
    condition     = alltrue([for cidr in concat(output.internal_cidrs, output.external_cidrs) : startswith(cidr, "10.31.")])
    error_message = "subnets outside of the network: ${jsonencode(output.internal_cidrs)}"
  }
}

run "four_zones_fill_the_network" {
  command = plan

  variables {
    availability_zones = ["a", "b", "c", "d"]
  }

  assert {
    condition     = output.internal["d"] == "10.30.192.0/19" && output.external["d"] == "10.30.224.0/20" && output.spare["d"] == "10.30.240.0/20"
    error_message = "the fourth zone: ${output.internal["d"]} ${output.external["d"]} ${output.spare["d"]}"
  }
}

run "one_zone_is_enough" {
  command = plan

  variables {
    cidr               = "192.168.0.0/23"
    availability_zones = ["a"]
  }

  assert {
    condition     = output.external["a"] == "192.168.0.64/27"
    error_message = "the smallest public subnet: ${output.external["a"]}"
  }
}

run "a_zone_keeps_its_range_when_another_is_added" {
  command = plan

  variables {
    availability_zones = ["us-west-2a", "us-west-2b"]
  }

  assert {
    condition     = output.internal["us-west-2b"] == "10.30.64.0/19"
    error_message = "the second zone moved to ${output.internal["us-west-2b"]}"
  }
}

run "a_network_too_small_is_refused" {
  command = plan
  variables {
    cidr = "10.30.0.0/24"
  }
  expect_failures = [var.cidr]
}

run "a_network_larger_than_a_vpc_is_refused" {
  command = plan
  variables {
    cidr = "10.0.0.0/15"
  }
  expect_failures = [var.cidr]
}

run "a_range_that_starts_in_its_middle_is_refused" {
  command = plan
  variables {
    cidr = "10.30.1.0/16"
  }
  expect_failures = [var.cidr]
}

run "text_that_is_no_range_is_refused" {
  command = plan
  variables {
    cidr = "ten"
  }
  expect_failures = [var.cidr]
}

run "ipv6_is_refused" {
  command = plan
  variables {
    cidr = "2001:db8::/56"
  }
  expect_failures = [var.cidr]
}

run "five_zones_are_refused" {
  command = plan
  variables {
    availability_zones = ["a", "b", "c", "d", "e"]
  }
  expect_failures = [var.availability_zones]
}

run "a_zone_named_twice_is_refused" {
  command = plan
  variables {
    availability_zones = ["a", "a"]
  }
  expect_failures = [var.availability_zones]
}
