output "name" {
  description = "Name of the ECS service."
  value       = module.ecs.name
}

output "arn" {
  description = "ARN of the ECS service."
  value       = module.ecs.arn
}

output "cluster" {
  description = "Cluster it runs on."
  value       = module.ecs.cluster
}

output "task_definition" {
  description = "ARN of the task definition, with its revision."
  value       = module.ecs.task_definition
}

output "family" {
  description = "Family of the task definition."
  value       = module.ecs.family
}

output "image" {
  description = "Image with the tag or digest in force."
  value       = module.ecs.image
}

output "container_definitions" {
  description = "The container definitions as JSON."
  value       = module.ecs.container_definitions
}

output "log_group" {
  description = "CloudWatch log group; null when the logs go elsewhere."
  value       = module.ecs.log_group
}

output "log_driver" {
  description = "Log driver in force."
  value       = module.ecs.log_driver
}

output "task_role_name" {
  description = "Name of the role the program runs as: attach further policies to it."
  value       = module.ecs.task_role_name
}

output "task_role_arn" {
  description = "ARN of the role the program runs as."
  value       = module.ecs.task_role_arn
}

output "execution_role_arn" {
  description = "ARN of the role with which ECS starts the task."
  value       = module.ecs.execution_role_arn
}

output "security_group_id" {
  description = "Security group of the tasks; null with bridge networking, where they have the machine's."
  value       = module.ecs.security_group_id
}

output "deploy_policy" {
  description = "Policy for whoever deploys this service and nothing else, as JSON: for the role of a build pipeline."
  value       = module.ecs.deploy_policy
}
