# Applied with a mocked provider.
mock_provider "aws" {
  source = "../../tests/mocks"
}

run "B17_B18_parts_work_without_the_stack" {
  command = apply
  assert {
    condition     = output.log_group == "/prod/crawler" && module.crawler.cluster == module.cluster.name
    error_message = "The worker runs on the cluster: ${output.log_group}"
  }
  assert {
    condition     = length(module.vpc.internal_subnets) == 2 && length(module.vpc.nat_ips) == 1
    error_message = "Two zones, one NAT gateway."
  }
}
