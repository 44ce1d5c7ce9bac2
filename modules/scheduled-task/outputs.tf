output "name" {
  description = "Name of the schedule: stack, environment and name."
  value       = aws_scheduler_schedule.task.name
}

output "arn" {
  description = "ARN of the schedule."
  value       = aws_scheduler_schedule.task.arn
}

output "task_definition" {
  description = "ARN of the task definition, with its revision."
  value       = module.task.arn
}

output "container_definitions" {
  description = "The container definitions as JSON."
  value       = module.task.container_definitions
}

output "log_group" {
  description = "CloudWatch log group; null when the logs go elsewhere."
  value       = module.task.log_group
}

output "task_role_name" {
  description = "Name of the role the program runs as: attach further policies to it."
  value       = module.task.task_role_name
}
