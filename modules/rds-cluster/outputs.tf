output "id" {
  description = "Identifier of the cluster."
  value       = aws_rds_cluster.db.cluster_identifier
}

output "arn" {
  description = "ARN of the cluster."
  value       = aws_rds_cluster.db.arn
}

output "endpoint" {
  description = "Host name of the one that writes."
  value       = aws_rds_cluster.db.endpoint
}

output "reader_endpoint" {
  description = "Host name of those that read."
  value       = aws_rds_cluster.db.reader_endpoint
}

output "fqdn" {
  description = "Its name: `db.stack.local`, or the endpoint where there is no zone."
  value       = local.domain_name == null ? aws_rds_cluster.db.endpoint : "${var.dns_name}.${local.domain_name}"
}

output "reader_fqdn" {
  description = "Name of those that read: `db-ro.stack.local`, or the endpoint where there is no zone."
  value       = local.domain_name == null ? aws_rds_cluster.db.reader_endpoint : "${var.dns_name}-ro.${local.domain_name}"
}

output "port" {
  description = "Port."
  value       = local.port
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
  value       = "${local.postgres ? "postgres" : "mysql"}://${local.username}@${local.domain_name == null ? aws_rds_cluster.db.endpoint : "${var.dns_name}.${local.domain_name}"}:${local.port}/${local.database}"
}

output "secret_arn" {
  description = "ARN of the secret that AWS keeps: user and password as JSON."
  value       = aws_rds_cluster.db.master_user_secret[0].secret_arn
}

output "password_secret" {
  description = "The password alone, for `secrets` of a service: `{ DATABASE_PASSWORD = module.db.password_secret }`."
  value       = "${aws_rds_cluster.db.master_user_secret[0].secret_arn}:password::"
}

output "security_group_id" {
  description = "Security group of the database."
  value       = aws_security_group.db.id
}
