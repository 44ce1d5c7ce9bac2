# The script, plain and as EC2 wants it.

output "user_data" {
  description = "The script, for reading."
  value       = local.user_data
}

output "base64" {
  description = "The script in base64, for a launch template."
  value       = base64encode(local.user_data)
}
