output "urls" {
  description = "Where each service answers, from inside the VPC."
  value       = { for name, service in module.service : name => service.url }
}
