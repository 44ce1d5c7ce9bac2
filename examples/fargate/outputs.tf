output "url" {
  description = "Where the service answers, from inside the VPC."
  value       = module.nginx.url
}

output "log_groups" {
  description = "Where the lines of the service and of the task go."
  value       = [module.nginx.log_group, module.report.log_group]
}
