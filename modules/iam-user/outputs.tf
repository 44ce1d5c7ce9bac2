output "name" {
  description = "Name of the user."
  value       = aws_iam_user.user.name
}

output "arn" {
  description = "ARN of the user."
  value       = aws_iam_user.user.arn
}

output "access_key" {
  description = "Id of the access key; null without one."
  value       = one([for key in aws_iam_access_key.user : key.id])
}

output "secret_key" {
  description = "Secret of the access key; null without one."
  value       = one([for key in aws_iam_access_key.user : key.secret])
  sensitive   = true
}
