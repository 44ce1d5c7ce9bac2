output "url" {
  description = "Where the service answers, from inside the VPC."
  value       = module.nginx.url
}

output "log_group" {
  description = "Where its lines go."
  value       = module.nginx.log_group
}
