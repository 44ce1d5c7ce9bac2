output "name" {
  description = "Name of the task, which is also its container's."
  value       = var.name
}

output "family" {
  description = "Family of the task definition: stack, environment and name."
  value       = aws_ecs_task_definition.task.family
}

output "arn" {
  description = "ARN of the task definition with its revision."
  value       = aws_ecs_task_definition.task.arn

  # Whoever starts the task needs these to stand, and destroys them after it.
  depends_on = [aws_cloudwatch_log_group.task, aws_iam_role_policy.execution, aws_iam_role_policy.task]
}

output "revision" {
  description = "Revision of the task definition."
  value       = aws_ecs_task_definition.task.revision
}

output "image" {
  description = "Image with the tag or digest in force."
  value       = module.container.image
}

output "image_parameter_arn" {
  description = "ARN of the SSM parameter that holds the tag; null without one."
  value       = one([for parameter in data.aws_ssm_parameter.image_tag : parameter.arn])
}

output "network_mode" {
  description = "Network mode: bridge, awsvpc or host."
  value       = local.network_mode
}

output "container_definitions" {
  description = "The container definitions as JSON."
  value       = aws_ecs_task_definition.task.container_definitions
}

output "log_driver" {
  description = "Log driver in force."
  value       = local.log_driver
}

output "log_group" {
  description = "CloudWatch log group of the task; null when its logs go elsewhere."
  value       = one([for group in aws_cloudwatch_log_group.task : group.name])
}

output "log_group_arn" {
  description = "ARN of the log group; null when the logs go elsewhere."
  value       = one([for group in aws_cloudwatch_log_group.task : group.arn])
}

output "task_role_name" {
  description = "Name of the role the program runs as: attach further policies to it."
  value       = var.role == null ? aws_iam_role.task["task"].name : var.role.name
}

output "task_role_arn" {
  description = "ARN of the role the program runs as."
  value       = var.role == null ? aws_iam_role.task["task"].arn : var.role.arn
}

output "execution_role_name" {
  description = "Name of the role with which ECS starts the task."
  value       = aws_iam_role.execution.name
}

output "execution_role_arn" {
  description = "ARN of the role with which ECS starts the task."
  value       = aws_iam_role.execution.arn
}
