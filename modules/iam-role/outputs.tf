# The roles, usable once their policies stand.

output "instance_role_arn" {
  description = "ARN of the role of the cluster's instances."
  value       = aws_iam_role.instance.arn
}

output "instance_role_name" {
  description = "Name of the role of the cluster's instances, to attach a policy to."
  value       = aws_iam_role.instance.name
}

output "profile" {
  description = "Name of the instance profile."
  value       = aws_iam_instance_profile.instance.name
}

output "profile_arn" {
  description = "ARN of the instance profile, for a launch template."
  value       = aws_iam_instance_profile.instance.arn
}

output "execution_role_arn" {
  description = "ARN of the role with which ECS pulls images and writes awslogs."
  value       = aws_iam_role.execution.arn
  depends_on  = [aws_iam_role_policy.execution]
}

output "execution_role_name" {
  description = "Name of the execution role."
  value       = aws_iam_role.execution.name
}
