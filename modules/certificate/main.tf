/**
 * # certificate
 *
 * A certificate from ACM, proved by DNS records in a public zone, so that AWS renews it for ever without anybody's doing.
 *
 * ## Usage
 *
 * ```hcl
 * module "certificate" {
 *   source = "github.com/segmentio/stack//modules/certificate"
 *
 *   domain  = "www.example.com"
 *   zone_id = aws_route53_zone.example.zone_id
 * }
 * ```
 */
locals {
  domains = distinct(concat([var.domain], var.alternative_names))
  # A wildcard and its domain are proved by the same record.
  proofs = toset([for domain in local.domains : trimprefix(domain, "*.")])
  options = {
    for option in aws_acm_certificate.certificate.domain_validation_options : trimprefix(option.domain_name, "*.") => option...
  }
}

resource "aws_acm_certificate" "certificate" {
  domain_name               = var.domain
  subject_alternative_names = var.alternative_names
  validation_method         = "DNS"
  tags                      = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "proof" {
  for_each = local.proofs

  zone_id         = var.zone_id
  name            = local.options[each.key][0].resource_record_name
  type            = local.options[each.key][0].resource_record_type
  records         = [local.options[each.key][0].resource_record_value]
  ttl             = 60
  allow_overwrite = true # The record of a domain is the same for each of its certificates, so another one may have made it.
}

resource "aws_acm_certificate_validation" "certificate" {
  certificate_arn         = aws_acm_certificate.certificate.arn
  validation_record_fqdns = [for record in aws_route53_record.proof : record.fqdn]
}
