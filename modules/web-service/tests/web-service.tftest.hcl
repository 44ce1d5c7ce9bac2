# A public service with a mocked provider: names, certificate, refusals.
mock_provider "aws" {
  source = "../../tests/mocks"
}

override_resource {
  target = module.certificate["www.example.com"].aws_acm_certificate.certificate
  values = {
    arn                       = "arn:aws:acm:us-west-2:111122223333:certificate/00000000-0000-0000-0000-000000000001"
    domain_validation_options = [{ domain_name = "www.example.com", resource_record_name = "_a.www.example.com.", resource_record_type = "CNAME", resource_record_value = "_b.acm.aws." }]
  }
}

variables {
  name           = "frontend"
  image          = "registry.example.com/team/frontend:1.0"
  container_port = 3000
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

run "B25_B26_a_domain_is_all_it_takes_for_https" {
  command = apply
  variables {
    domain        = "www.example.com"
    external_zone = { zone_id = "ZPUBLIC" }
  }
  assert {
    condition     = output.url == "https://www.example.com" && output.certificate_arn == "arn:aws:acm:us-west-2:111122223333:certificate/00000000-0000-0000-0000-000000000001"
    error_message = "${output.url} ${output.certificate_arn}"
  }
  assert {
    condition     = aws_route53_record.public["www.example.com"].zone_id == "ZPUBLIC" && aws_route53_record.public["www.example.com"].name == "www.example.com"
    error_message = "The public name is in the public zone."
  }
  assert {
    condition     = output.internal_fqdn == "frontend.stack.local"
    error_message = "The others of the stack know it by its name."
  }
}

run "a_certificate_of_ones_own_is_taken" {
  command = plan
  variables {
    domain      = "www.example.com"
    certificate = { arn = "arn:aws:acm:us-west-2:111122223333:certificate/00000000-0000-0000-0000-000000000002" }
  }
  assert {
    condition     = length(module.certificate) == 0 && length(aws_route53_record.public) == 0 && output.certificate_arn == "arn:aws:acm:us-west-2:111122223333:certificate/00000000-0000-0000-0000-000000000002"
    error_message = "None is made, and DNS is left to its keeper."
  }
}

run "clear_text_by_request" {
  command = apply
  variables { allow_http = true }
  assert {
    condition     = startswith(output.url, "http://mock-1") && output.certificate_arn == null
    error_message = output.url
  }
}

run "refuses_clear_text_by_accident" {
  command         = plan
  expect_failures = [var.allow_http]
}

run "refuses_a_domain_without_its_zone" {
  command = plan
  variables { domain = "www.example.com" }
  expect_failures = [var.external_zone]
}

run "refuses_a_url_as_domain" {
  command = plan
  variables {
    domain        = "https://www.example.com"
    external_zone = { zone_id = "ZPUBLIC" }
    allow_http    = true
  }
  expect_failures = [var.domain]
}

run "refuses_a_name_with_an_underscore" {
  command = plan
  variables {
    name               = "front_end"
    load_balancer_name = "x"
    allow_http         = true
  }
  expect_failures = [var.name]
}
