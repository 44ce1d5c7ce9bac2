output "resource_id" {
  description = "What is scaled, as Application Auto Scaling calls it."
  value       = aws_appautoscaling_target.service.resource_id
}

output "policy_arns" {
  description = "ARN of each scaling policy by target: cpu, memory, requests."
  value       = { for name, policy in aws_appautoscaling_policy.target : name => policy.arn }
}
