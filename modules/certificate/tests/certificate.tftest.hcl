# A certificate with a mocked provider: what it is proved by.
mock_provider "aws" {
  source = "../../tests/mocks"
}

override_resource {
  target = aws_acm_certificate.certificate
  values = {
    arn = "arn:aws:acm:us-west-2:111122223333:certificate/00000000-0000-0000-0000-000000000001"
    domain_validation_options = [
      { domain_name = "example.com", resource_record_name = "_a.example.com.", resource_record_type = "CNAME", resource_record_value = "_b.acm.aws." },
      { domain_name = "*.example.com", resource_record_name = "_a.example.com.", resource_record_type = "CNAME", resource_record_value = "_b.acm.aws." },
    ]
  }
}

variables {
  domain            = "example.com"
  alternative_names = ["*.example.com"]
  zone_id           = "ZPUBLIC"
}

run "B26_a_domain_and_its_wildcard_have_one_proof" {
  command = apply
  assert {
    condition     = length(aws_route53_record.proof) == 1 && aws_route53_record.proof["example.com"].name == "_a.example.com."
    error_message = "One record."
  }
  assert {
    condition     = output.arn == "arn:aws:acm:us-west-2:111122223333:certificate/00000000-0000-0000-0000-000000000001"
    error_message = "The ARN is handed on when the certificate is proved."
  }
}

run "refuses_a_url" {
  command = plan
  variables { domain = "https://example.com" }
  expect_failures = [var.domain]
}

run "refuses_an_alternative_in_capitals" {
  command = plan
  variables { alternative_names = ["WWW.example.com"] }
  expect_failures = [var.alternative_names]
}
