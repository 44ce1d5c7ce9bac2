# A service with a mocked provider: name, target group, own and shared load balancer.
mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name           = "beacon"
  image          = "registry.example.com/team/beacon:1.0"
  container_port = 3001
  stack = {
    name              = "shop"
    environment       = "prod"
    cluster           = "shop-prod"
    capacity_provider = "shop-prod"
    vpc_id            = "vpc-00000000000000001"
    internal_subnets  = ["subnet-1", "subnet-2"]
    external_subnets  = ["subnet-3", "subnet-4"]
    internal_elb      = "sg-internal"
    external_elb      = "sg-external"
    zone_id           = "Z1"
    domain_name       = "stack.local"
    log_bucket_id     = "shop-prod-logs"
    log_driver        = "journald"
    log_group_prefix  = "/shop/prod"
  }
}

run "B22_a_name_in_the_stacks_zone_leads_to_the_container_port" {
  command = apply
  assert {
    condition     = aws_route53_record.service["beacon"].name == "beacon.stack.local" && aws_route53_record.service["beacon"].zone_id == "Z1" && one(aws_route53_record.service["beacon"].alias).name == module.alb["beacon"].dns_name
    error_message = "The record is an alias of the load balancer."
  }
  assert {
    condition     = output.url == "http://beacon.stack.local" && output.fqdn == "beacon.stack.local"
    error_message = output.url
  }
  assert {
    condition     = jsondecode(output.container_definitions)[0].portMappings == [{ containerPort = 3001, hostPort = 0, protocol = "tcp" }]
    error_message = output.container_definitions
  }
}

run "B15_B29_http_metrics_are_named" {
  command = apply
  assert {
    condition     = output.metrics.namespace == "AWS/ApplicationELB" && output.metrics.dimensions.LoadBalancer == "app/mock/0000000000000001" && output.metrics.dimensions.TargetGroup == "targetgroup/mock/0000000000000001" && output.metrics.latency == "TargetResponseTime" && output.metrics.errors == "HTTPCode_Target_5XX_Count"
    error_message = jsonencode(output.metrics)
  }
}

run "B23_the_load_balancer_asks_for_health" {
  command = plan
  variables {
    healthcheck         = "/healthz"
    healthcheck_matcher = "200"
  }
  assert {
    condition     = one(aws_lb_target_group.service.health_check).path == "/healthz" && one(aws_lb_target_group.service.health_check).matcher == "200"
    error_message = "Path and codes as given."
  }
}

run "B30_requests_under_way_are_answered" {
  command = plan
  assert {
    condition     = tonumber(aws_lb_target_group.service.deregistration_delay) == 30 && tonumber(aws_lb_target_group.service.deregistration_delay) <= var.stop_timeout
    error_message = "A leaving task has its time, and not longer than its container lives."
  }
}

run "links_take_a_service_whole" {
  command = plan
  variables { links = { "user-db" = { url = "http://user-db.stack.local", name = "ignored" } } }
  assert {
    condition     = strcontains(output.container_definitions, "{\"name\":\"USER_DB_URL\",\"value\":\"http://user-db.stack.local\"}")
    error_message = output.container_definitions
  }
}

run "a_shared_load_balancer_gets_a_rule_for_the_host" {
  command = apply
  variables {
    hosts = ["beacon.example.com"]
    load_balancer = {
      arn_suffix      = "app/shared/1"
      dns_name        = "shared.elb.amazonaws.com"
      zone_id         = "ZLB"
      listener_arn    = "arn:aws:elasticloadbalancing:us-west-2:111122223333:listener/app/shared/1/2"
      port            = 80
      https           = false
      security_groups = ["sg-internal"]
    }
  }
  assert {
    condition     = length(module.alb) == 0 && one(one(aws_lb_listener_rule.service["beacon"].condition).host_header).values == toset(["beacon.stack.local", "beacon.example.com"])
    error_message = "No load balancer of its own, a rule by host name."
  }
  assert {
    condition     = one(aws_route53_record.service["beacon"].alias).name == "shared.elb.amazonaws.com" && output.load_balancer_arn_suffix == "app/shared/1"
    error_message = "The name leads to the shared one."
  }
}

run "https_is_in_the_url" {
  command = plan
  variables {
    certificate = { arn = "arn:aws:acm:us-west-2:111122223333:certificate/00000000-0000-0000-0000-000000000001" }
  }
  assert {
    condition     = output.url == "https://beacon.stack.local"
    error_message = output.url
  }
}

run "another_port_is_in_the_url" {
  command = plan
  variables { port = 8080 }
  assert {
    condition     = output.url == "http://beacon.stack.local:8080"
    error_message = output.url
  }
}

run "tcp_has_a_network_load_balancer" {
  command = plan
  variables {
    protocol = "TCP"
    port     = 6379
  }
  assert {
    condition     = output.url == "tcp://beacon.stack.local:6379" && aws_lb_target_group.service.protocol == "TCP"
    error_message = output.url
  }
}

run "a_target_group_can_be_made_beside_the_old_one" {
  command = plan
  variables {
    name               = "a-service-with-a-long-name-indeed"
    load_balancer_name = "shop-long"
  }
  assert {
    condition     = length(aws_lb_target_group.service.name) <= 32
    error_message = aws_lb_target_group.service.name
  }
}

run "awsvpc_targets_are_addresses" {
  command = plan
  variables { capacity_providers = { FARGATE = {} } }
  assert {
    condition     = aws_lb_target_group.service.target_type == "ip"
    error_message = "Tasks with addresses of their own are targets by address."
  }
}

run "B17_ids_by_hand_are_enough" {
  command = apply
  variables {
    stack              = {}
    cluster            = "mine"
    capacity_providers = { mine = {} }
    vpc_id             = "vpc-00000000000000009"
    subnet_ids         = ["subnet-8", "subnet-9"]
  }
  assert {
    condition     = length(aws_route53_record.service) == 0 && output.url == "http://mock-1.us-west-2.elb.amazonaws.com"
    error_message = "Without a zone the load balancer's own name is the address: ${output.url}"
  }
}

run "a_zone_by_hand_is_used" {
  command = plan
  variables {
    zone_id     = "Z9"
    domain_name = "prod.internal"
    dns_name    = "tracking"
  }
  assert {
    condition     = aws_route53_record.service["tracking"].name == "tracking.prod.internal" && aws_route53_record.service["tracking"].zone_id == "Z9"
    error_message = "The zone given wins."
  }
}

run "refuses_https_as_protocol" {
  command = plan
  variables { protocol = "HTTPS" }
  expect_failures = [var.protocol]
}

run "refuses_tcp_on_a_shared_load_balancer" {
  command = plan
  variables {
    protocol      = "TCP"
    load_balancer = { arn_suffix = "a", dns_name = "d", zone_id = "z", listener_arn = "arn:aws:elasticloadbalancing:us-west-2:111122223333:listener/app/shared/1/2", port = 80, https = false, security_groups = [] }
  }
  expect_failures = [var.protocol]
}

run "refuses_a_certificate_on_a_shared_load_balancer" {
  command = plan
  variables {
    certificate   = { arn = "arn:aws:acm:us-west-2:111122223333:certificate/1" }
    load_balancer = { arn_suffix = "a", dns_name = "d", zone_id = "z", listener_arn = "arn:aws:elasticloadbalancing:us-west-2:111122223333:listener/app/shared/1/2", port = 80, https = false, security_groups = [] }
  }
  expect_failures = [var.certificate]
}

run "refuses_a_shared_load_balancer_without_a_host_name" {
  command = plan
  variables {
    stack         = { cluster = "mine", capacity_provider = "mine", vpc_id = "vpc-1" }
    load_balancer = { arn_suffix = "a", dns_name = "d", zone_id = "z", listener_arn = "arn:aws:elasticloadbalancing:us-west-2:111122223333:listener/app/shared/1/2", port = 80, https = false, security_groups = [] }
  }
  expect_failures = [aws_lb_listener_rule.service]
}

run "refuses_a_container_port_that_is_none" {
  command = plan
  variables { container_port = 0 }
  expect_failures = [var.container_port]
}

run "refuses_a_fixed_host_port_that_must_stay_healthy" {
  command = plan
  variables { host_port = 8080 }
  expect_failures = [var.host_port]
}

run "refuses_a_health_check_that_is_no_path" {
  command = plan
  variables { healthcheck = "http://localhost/" }
  expect_failures = [var.healthcheck]
}

run "refuses_a_matcher_in_words" {
  command = plan
  variables { healthcheck_matcher = "OK" }
  expect_failures = [var.healthcheck_matcher]
}

run "refuses_a_url_as_name" {
  command = plan
  variables { dns_name = "http://api" }
  expect_failures = [var.dns_name]
}

run "refuses_a_long_deregistration" {
  command = plan
  variables { deregistration_delay = 7200 }
  expect_failures = [var.deregistration_delay]
}

run "refuses_a_service_without_a_network" {
  command = plan
  variables {
    stack         = { cluster = "mine", capacity_provider = "mine" }
    hosts         = ["beacon.example.com"]
    load_balancer = { arn_suffix = "a", dns_name = "d", zone_id = "z", listener_arn = "arn:aws:elasticloadbalancing:us-west-2:111122223333:listener/app/shared/1/2", port = 80, https = false, security_groups = [] }
  }
  expect_failures = [aws_lb_target_group.service]
}

run "B15_alarms_and_a_dashboard_come_by_themselves" {
  command = apply
  variables {
    alarm_actions = ["arn:aws:sns:us-west-2:111122223333:pager"]
  }
  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.service)) == toset(["healthy", "errors", "latency"]) && alltrue([for a in aws_cloudwatch_metric_alarm.service : a.alarm_actions == toset(["arn:aws:sns:us-west-2:111122223333:pager"])])
    error_message = "Three alarms, each tells the pager."
  }
  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.service["beacon"].dashboard_body).widgets) == 5 && strcontains(aws_cloudwatch_dashboard.service["beacon"].dashboard_body, "HTTPCode_Target_5XX_Count")
    error_message = aws_cloudwatch_dashboard.service["beacon"].dashboard_body
  }
}

run "an_alarm_that_is_null_is_not_made" {
  command = plan
  variables {
    alarm_healthy_tasks   = null
    alarm_latency_seconds = null
    dashboard             = false
  }
  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.service) == ["errors"] && length(aws_cloudwatch_dashboard.service) == 0
    error_message = "Only what was asked for."
  }
}

run "tcp_alarms_by_health_alone" {
  command = plan
  variables { protocol = "TCP" }
  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.service) == ["healthy"]
    error_message = join(", ", keys(aws_cloudwatch_metric_alarm.service))
  }
}

run "refuses_an_alarm_below_no_task" {
  command = plan
  variables { alarm_healthy_tasks = 0 }
  expect_failures = [var.alarm_healthy_tasks]
}

run "refuses_more_errors_than_requests" {
  command = plan
  variables { alarm_error_percent = 100 }
  expect_failures = [var.alarm_error_percent]
}

run "refuses_no_latency_at_all" {
  command = plan
  variables { alarm_latency_seconds = 0 }
  expect_failures = [var.alarm_latency_seconds]
}

run "refuses_a_name_in_capitals" {
  command = plan
  variables {
    name               = "Beacon"
    load_balancer_name = "x"
  }
  expect_failures = [var.name]
}
