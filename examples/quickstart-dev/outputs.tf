output "url" {
  description = "Where the service answers, from inside the VPC."
  value       = module.nginx.url
}

output "shell" {
  description = "Command for a shell on the bastion, from which `curl` reaches the service."
  value       = module.stack.bastion_command
}
