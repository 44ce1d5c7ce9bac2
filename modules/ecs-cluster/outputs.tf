# The cluster, for services; and its parts, for those who add to them.

output "name" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.main.name
  # A service may ask for the capacity provider by the cluster's default, and must go before it does.
  depends_on = [aws_ecs_cluster_capacity_providers.main]
}

output "arn" {
  description = "ARN of the cluster."
  value       = aws_ecs_cluster.main.arn
  depends_on  = [aws_ecs_cluster_capacity_providers.main]
}

output "capacity_provider" {
  description = "Name of the capacity provider."
  value       = aws_ecs_capacity_provider.main.name
  depends_on  = [aws_ecs_cluster_capacity_providers.main]
}

output "security_group_id" {
  description = "Id of the security group of the instances."
  value       = aws_security_group.main.id
}

output "autoscaling_group" {
  description = "Name of the auto-scaling group."
  value       = aws_autoscaling_group.main.name
}

output "autoscaling_group_arn" {
  description = "ARN of the auto-scaling group."
  value       = aws_autoscaling_group.main.arn
}

output "launch_template_id" {
  description = "Id of the launch template."
  value       = aws_launch_template.main.id
}

output "architecture" {
  description = "CPU architecture as a task definition names it: X86_64 or ARM64."
  value       = upper(local.architecture)
}

output "image" {
  description = "Image of new instances: an id, or resolve:ssm: and the parameter that names it."
  value       = aws_launch_template.main.image_id
}

output "user_data" {
  description = "Script that instances run at their first start, for reading."
  value       = module.user_data.user_data
}
