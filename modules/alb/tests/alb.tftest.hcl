# Load balancer with a mocked provider: listeners, groups, access logs, refusals.
mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name = "shared"
  stack = {
    name             = "shop"
    environment      = "prod"
    vpc_id           = "vpc-00000000000000001"
    internal_subnets = ["subnet-1", "subnet-2"]
    external_subnets = ["subnet-3", "subnet-4"]
    internal_elb     = "sg-internal"
    external_elb     = "sg-external"
    log_bucket_id    = "shop-prod-logs"
  }
}

run "internal_by_default_in_the_stacks_network" {
  command = plan
  assert {
    condition     = aws_lb.alb.internal && aws_lb.alb.subnets == toset(["subnet-1", "subnet-2"]) && aws_lb.alb.security_groups == toset(["sg-internal"]) && aws_lb.alb.name == "shop-prod-shared"
    error_message = "Internal subnets and group, stack and environment in the name."
  }
  assert {
    condition     = one(aws_lb_listener.http["http"].default_action).type == "fixed-response" && length(aws_lb_listener.https) == 0
    error_message = "Without a service it answers 404."
  }
}

run "B35_requests_are_logged_to_the_bucket" {
  command = plan
  assert {
    condition     = one(aws_lb.alb.access_logs).enabled && one(aws_lb.alb.access_logs).bucket == "shop-prod-logs" && one(aws_lb.alb.access_logs).prefix == "shared"
    error_message = "Access logs are on."
  }
}

run "without_a_bucket_nothing_is_logged" {
  command = plan
  variables {
    stack = { name = "shop", vpc_id = "vpc-00000000000000001", internal_subnets = ["subnet-1", "subnet-2"], internal_elb = "sg-1" }
  }
  assert {
    condition     = !one(aws_lb.alb.access_logs).enabled
    error_message = "Access logs are off."
  }
}

run "B25_public_with_https_redirects_and_takes_tls_1_2" {
  command = plan
  variables {
    internal    = false
    certificate = { arn = "arn:aws:acm:us-west-2:111122223333:certificate/00000000-0000-0000-0000-000000000001" }
  }
  assert {
    condition     = !aws_lb.alb.internal && aws_lb.alb.subnets == toset(["subnet-3", "subnet-4"]) && aws_lb.alb.security_groups == toset(["sg-external"])
    error_message = "Public load balancers lie in the external subnets."
  }
  assert {
    condition     = one(aws_lb_listener.http["http"].default_action).type == "redirect" && one(one(aws_lb_listener.http["http"].default_action).redirect).status_code == "HTTP_301"
    error_message = "Clear text only redirects."
  }
  assert {
    condition     = aws_lb_listener.https["https"].port == 443 && startswith(aws_lb_listener.https["https"].ssl_policy, "ELBSecurityPolicy-TLS13-1-2")
    error_message = "TLS 1.2 at least."
  }
}

run "the_default_target_group_takes_all_requests" {
  command = plan
  variables { default_target_group = { arn = "arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/x/0000000000000001" } }
  assert {
    condition     = one(aws_lb_listener.http["http"].default_action).type == "forward"
    error_message = "Forwarded."
  }
}

run "another_port_has_a_group_of_its_own" {
  command = plan
  variables { port = 8080 }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.own["8080"].cidr_ipv4 == "10.30.0.0/16" && aws_vpc_security_group_ingress_rule.own["8080"].from_port == 8080
    error_message = "Open inside the VPC."
  }
}

run "B17_without_a_stack_it_makes_its_group" {
  command = plan
  variables {
    stack      = {}
    vpc_id     = "vpc-00000000000000009"
    subnet_ids = ["subnet-8", "subnet-9"]
  }
  assert {
    condition     = aws_lb.alb.name == "shared" && aws_vpc_security_group_ingress_rule.own["80"].cidr_ipv4 == "10.30.0.0/16"
    error_message = "A VPC of one's own is enough."
  }
}

run "tcp_is_a_network_load_balancer" {
  command = plan
  variables {
    type                 = "network"
    port                 = 6379
    default_target_group = { arn = "arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/x/0000000000000001" }
  }
  assert {
    condition     = aws_lb.alb.load_balancer_type == "network" && aws_lb_listener.tcp["tcp"].port == 6379 && aws_lb_listener.tcp["tcp"].protocol == "TCP" && length(aws_lb.alb.access_logs) == 0
    error_message = "TCP."
  }
}

run "the_connection_is_not_smuggled" {
  command = plan
  assert {
    condition     = aws_lb.alb.drop_invalid_header_fields && !aws_lb.alb.enable_deletion_protection
    error_message = "Bad headers are dropped; destroy works the first time."
  }
}

run "refuses_a_name_too_long" {
  command = plan
  variables { name = "a-very-long-name-for-a-load-balancer" }
  expect_failures = [aws_lb.alb]
}

run "refuses_a_name_that_begins_with_internal" {
  command = plan
  variables { load_balancer_name = "internal-api" }
  expect_failures = [aws_lb.alb]
}

run "refuses_a_whole_name_too_long" {
  command = plan
  variables { load_balancer_name = "a-very-long-name-for-a-load-balancer" }
  expect_failures = [var.load_balancer_name]
}

run "refuses_a_name_with_an_underscore" {
  command = plan
  variables { name = "my_api" }
  expect_failures = [var.name]
}

run "refuses_an_unknown_type" {
  command = plan
  variables { type = "classic" }
  expect_failures = [var.type]
}

run "refuses_a_port_that_is_none" {
  command = plan
  variables { port = 0 }
  expect_failures = [var.port]
}

run "refuses_443_beside_a_certificate" {
  command = plan
  variables {
    port        = 443
    certificate = { arn = "arn:aws:acm:us-west-2:111122223333:certificate/00000000-0000-0000-0000-000000000001" }
  }
  expect_failures = [var.port]
}

run "refuses_tls_1_0" {
  command = plan
  variables { ssl_policy = "ELBSecurityPolicy-2016-08" }
  expect_failures = [var.ssl_policy]
}

run "refuses_tcp_to_nowhere" {
  command = plan
  variables { type = "network" }
  expect_failures = [var.default_target_group]
}

run "refuses_an_endless_idle_time" {
  command = plan
  variables { idle_timeout = 5000 }
  expect_failures = [var.idle_timeout]
}

run "refuses_no_network" {
  command = plan
  variables {
    stack           = {}
    security_groups = ["sg-1"]
  }
  expect_failures = [aws_lb.alb]
}

run "refuses_a_single_subnet" {
  command = plan
  variables { subnet_ids = ["subnet-1"] }
  expect_failures = [aws_lb.alb]
}
