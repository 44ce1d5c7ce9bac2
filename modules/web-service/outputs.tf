output "name" {
  description = "Name of the ECS service."
  value       = module.service.name
}

output "arn" {
  description = "ARN of the ECS service."
  value       = module.service.arn
}

output "cluster" {
  description = "Cluster it runs on."
  value       = module.service.cluster
}

output "url" {
  description = "Where the public reaches it."
  value       = local.url
}

output "internal_url" {
  description = "Where other services reach it."
  value       = module.service.url
}

output "external_fqdn" {
  description = "Its public name; the load balancer's where there is none."
  value       = coalesce(var.domain, module.service.dns)
}

output "internal_fqdn" {
  description = "Its name inside the VPC."
  value       = module.service.fqdn
}

output "certificate_arn" {
  description = "Certificate in use; null with clear text or a shared load balancer."
  value       = local.certificate == null ? null : local.certificate.arn
}

output "dns" {
  description = "DNS name AWS gave the load balancer."
  value       = module.service.dns
}

output "zone_id" {
  description = "Zone of that DNS name, for an alias record."
  value       = module.service.zone_id
}

output "load_balancer_arn_suffix" {
  description = "The load balancer in CloudWatch: dimension LoadBalancer of the HTTP metrics."
  value       = module.service.load_balancer_arn_suffix
}

output "target_group_arn" {
  description = "ARN of the target group."
  value       = module.service.target_group_arn
}

output "target_group_arn_suffix" {
  description = "The target group in CloudWatch: dimension TargetGroup of the HTTP metrics."
  value       = module.service.target_group_arn_suffix
}

output "load_balancer_security_groups" {
  description = "Security groups of the load balancer: machines of your own must let them in."
  value       = module.service.load_balancer_security_groups
}

output "metrics" {
  description = "Latency and status codes in CloudWatch: namespace, dimensions, and the metrics' names."
  value       = module.service.metrics
}

output "task_definition" {
  description = "ARN of the task definition, with its revision."
  value       = module.service.task_definition
}

output "family" {
  description = "Family of the task definition."
  value       = module.service.family
}

output "image" {
  description = "Image with the tag or digest in force."
  value       = module.service.image
}

output "container_definitions" {
  description = "The container definitions as JSON."
  value       = module.service.container_definitions
}

output "dashboard" {
  description = "Name of the dashboard; null without one."
  value       = module.service.dashboard
}

output "alarms" {
  description = "Name of each alarm: healthy, errors, latency."
  value       = module.service.alarms
}

output "log_group" {
  description = "CloudWatch log group; null when the logs go elsewhere."
  value       = module.service.log_group
}

output "log_driver" {
  description = "Log driver in force."
  value       = module.service.log_driver
}

output "task_role_name" {
  description = "Name of the role the program runs as: attach further policies to it."
  value       = module.service.task_role_name
}

output "task_role_arn" {
  description = "ARN of the role the program runs as."
  value       = module.service.task_role_arn
}

output "execution_role_arn" {
  description = "ARN of the role with which ECS starts the task."
  value       = module.service.execution_role_arn
}

output "security_group_id" {
  description = "Security group of the tasks; null with bridge networking, where they have the machine's."
  value       = module.service.security_group_id
}

output "deploy_policy" {
  description = "Policy for whoever deploys this service and nothing else, as JSON: for the role of a build pipeline."
  value       = module.service.deploy_policy
}
