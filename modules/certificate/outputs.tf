output "arn" {
  description = "ARN of the certificate, once it is proved: what a load balancer takes."
  value       = aws_acm_certificate_validation.certificate.certificate_arn
}

output "domain" {
  description = "Domain of the certificate."
  value       = var.domain
}
