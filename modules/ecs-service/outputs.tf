locals {
  service = one(concat(values(aws_ecs_service.service), values(aws_ecs_service.scaled)))
}

output "name" {
  description = "Name of the ECS service."
  value       = local.service.name
}

output "arn" {
  description = "ARN of the ECS service."
  value       = local.service.id
}

output "cluster" {
  description = "Cluster it runs on."
  value       = local.cluster
}

output "task_definition" {
  description = "ARN of the task definition, with its revision."
  value       = module.task.arn
}

output "family" {
  description = "Family of the task definition."
  value       = module.task.family
}

output "image" {
  description = "Image with the tag or digest in force."
  value       = module.task.image
}

output "container_definitions" {
  description = "The container definitions as JSON."
  value       = module.task.container_definitions
}

output "log_group" {
  description = "CloudWatch log group; null when the logs go elsewhere."
  value       = module.task.log_group
}

output "log_driver" {
  description = "Log driver in force."
  value       = module.task.log_driver
}

output "task_role_name" {
  description = "Name of the role the program runs as: attach further policies to it."
  value       = module.task.task_role_name
}

output "task_role_arn" {
  description = "ARN of the role the program runs as."
  value       = module.task.task_role_arn
}

output "execution_role_arn" {
  description = "ARN of the role with which ECS starts the task."
  value       = module.task.execution_role_arn
}

output "security_group_id" {
  description = "Security group of the tasks; null with bridge networking, where they have the machine's."
  value       = one([for group in aws_security_group.task : group.id])
}

output "deploy_policy" {
  description = "Policy for whoever deploys this service and nothing else, as JSON: for the role of a build pipeline."
  value       = local.deploy_policy
}
