output "id" {
  description = "Identifier of the instance."
  value       = aws_db_instance.db.identifier
}

output "arn" {
  description = "ARN of the instance."
  value       = aws_db_instance.db.arn
}

output "address" {
  description = "Host name."
  value       = aws_db_instance.db.address
}

output "port" {
  description = "Port."
  value       = aws_db_instance.db.port
}

output "endpoint" {
  description = "Host name and port."
  value       = aws_db_instance.db.endpoint
}

output "database" {
  description = "Name of the database within."
  value       = local.database
}

output "username" {
  description = "Name of the master user."
  value       = local.username
}

output "url" {
  description = "Where it is, without the password: `postgres://user@host:port/database`."
  value       = "${var.engine}://${local.username}@${aws_db_instance.db.address}:${local.port}/${local.database}"
}

output "secret_arn" {
  description = "ARN of the secret that AWS keeps: user and password as JSON."
  value       = aws_db_instance.db.master_user_secret[0].secret_arn
}

output "password_secret" {
  description = "The password alone, for `secrets` of a service: `{ DATABASE_PASSWORD = module.db.password_secret }`."
  value       = "${aws_db_instance.db.master_user_secret[0].secret_arn}:password::"
}

output "security_group_id" {
  description = "Security group of the database."
  value       = aws_security_group.db.id
}
