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

output "url" {
  description = "Where other services reach it: what `links` hands on."
  value       = local.url
}

output "fqdn" {
  description = "Its name: `<name>.stack.local`, or the load balancer's where there is no zone."
  value       = local.fqdn
}

output "dns" {
  description = "DNS name AWS gave the load balancer."
  value       = local.lb.dns_name
}

output "zone_id" {
  description = "Zone of that DNS name, for an alias record."
  value       = local.lb.zone_id
}

output "load_balancer_arn_suffix" {
  description = "The load balancer in CloudWatch: dimension LoadBalancer of the HTTP metrics."
  value       = local.lb.arn_suffix
}

output "target_group_arn" {
  description = "ARN of the target group."
  value       = aws_lb_target_group.service.arn
}

output "target_group_arn_suffix" {
  description = "The target group in CloudWatch: dimension TargetGroup of the HTTP metrics."
  value       = aws_lb_target_group.service.arn_suffix
}

output "load_balancer_security_groups" {
  description = "Security groups of the load balancer: machines of your own must let them in."
  value       = local.lb.security_groups
}

output "metrics" {
  description = "Latency and status codes in CloudWatch: namespace, dimensions, and the metrics' names."
  value       = local.metrics
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

output "dashboard" {
  description = "Name of the dashboard; null without one."
  value       = one([for board in aws_cloudwatch_dashboard.service : board.dashboard_name])
}

output "alarms" {
  description = "Name of each alarm: healthy, errors, latency."
  value       = { for name, alarm in aws_cloudwatch_metric_alarm.service : name => alarm.alarm_name }
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
