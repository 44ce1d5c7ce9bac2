/**
 * # rds
 *
 * A database: encrypted, reachable by the cluster alone and over TLS only, backed up daily, its password made, kept and rotated
 * by Secrets Manager, so that it is neither in the state nor in an output.
 *
 * It is protected: `terraform destroy` is refused, and a last snapshot is taken, unless the stack says `force_destroy`.
 *
 * ## Usage
 *
 * ```hcl
 * module "db" {
 *   source = "github.com/segmentio/stack//modules/rds"
 *
 *   stack = module.stack
 *   name  = "orders"
 * }
 *
 * module "api" {
 *   source = "github.com/segmentio/stack//modules/service"
 *
 *   stack    = module.stack
 *   name     = "api"
 *   image    = "registry.example.com/team/api"
 *   env_vars = { DATABASE_URL = module.db.url }
 *   secrets  = { DATABASE_PASSWORD = module.db.password_secret }
 * }
 * ```
 */
locals {
  environment = try(coalesce(var.environment, var.stack.environment), null)
  identifier  = join("-", compact([var.stack.name, local.environment, var.name]))
  vpc_id      = try(coalesce(var.vpc_id, var.stack.vpc_id), null)
  subnet_ids  = var.subnet_ids != null ? var.subnet_ids : var.stack.internal_subnets
  tags        = merge(var.stack.tags, var.tags)

  postgres = var.engine == "postgres"
  port     = coalesce(var.port, local.postgres ? 5432 : 3306)
  version  = split(".", var.engine_version)
  family   = local.postgres ? "postgres${local.version[0]}" : "${var.engine}${join(".", slice(local.version, 0, min(2, length(local.version))))}"

  # Nothing is sent in clear text, the password least of all.
  parameters = merge(local.postgres ? { "rds.force_ssl" = "1" } : { require_secure_transport = var.engine == "mariadb" ? "1" : "ON" }, var.parameters)
  log_types  = local.postgres ? ["postgresql", "upgrade"] : ["error", "slowquery"]

  username = coalesce(var.username, replace(var.name, "-", "_"))
  database = coalesce(var.database, replace(var.name, "-", "_"))

  protected = var.deletion_protection != null ? var.deletion_protection : !coalesce(var.stack.force_destroy, false)
  # The tasks of the stack's machines; others are named.
  callers = var.ingress_allow_security_groups != null ? var.ingress_allow_security_groups : var.stack.name == null ? [] : [var.stack.ecs_cluster_security_group_id]
}

resource "aws_security_group" "db" {
  name_prefix = "${substr(local.identifier, 0, 50)}-db-"
  description = "Database ${local.identifier}."
  vpc_id      = local.vpc_id
  tags        = merge(local.tags, { Name = "${local.identifier} database" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "group" {
  for_each = { for i, group in local.callers : tostring(i) => group }

  security_group_id            = aws_security_group.db.id
  description                  = "From those who may call it."
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
  referenced_security_group_id = each.value
  tags                         = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "cidr" {
  for_each = var.ingress_allow_cidr_blocks

  security_group_id = aws_security_group.db.id
  description       = "From ${each.value}."
  ip_protocol       = "tcp"
  from_port         = local.port
  to_port           = local.port
  cidr_ipv4         = each.value
  tags              = local.tags
}

# Its name is new with each database, which the last snapshot's then is, too.
resource "aws_db_subnet_group" "db" {
  name_prefix = "${substr(local.identifier, 0, 50)}-"
  description = "Subnets of ${local.identifier}."
  subnet_ids  = local.subnet_ids
  tags        = local.tags
}

resource "aws_db_parameter_group" "db" {
  name_prefix = "${substr(local.identifier, 0, 50)}-"
  description = "Settings of ${local.identifier}."
  family      = local.family
  tags        = local.tags

  dynamic "parameter" {
    for_each = local.parameters
    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = contains(var.static_parameters, parameter.key) ? "pending-reboot" : "immediate"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Made here, for RDS would make them without an end to what they keep.
resource "aws_cloudwatch_log_group" "db" {
  for_each = toset(local.log_types)

  name              = "/aws/rds/instance/${local.identifier}/${each.key}"
  retention_in_days = coalesce(var.log_retention_days, var.stack.log_retention_days, 30)
  kms_key_id        = var.stack.log_kms_key_arn
  tags              = local.tags
}

resource "aws_db_instance" "db" {
  identifier     = local.identifier
  engine         = var.engine
  engine_version = var.engine_version
  instance_class = var.instance_class
  db_name        = var.snapshot_identifier == null ? local.database : null
  username       = var.snapshot_identifier == null ? local.username : null
  port           = local.port
  tags           = local.tags

  manage_master_user_password         = true
  master_user_secret_kms_key_id       = var.kms_key_arn
  iam_database_authentication_enabled = true

  storage_type          = var.storage_type
  allocated_storage     = var.allocated_storage
  max_allocated_storage = var.max_allocated_storage
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn
  snapshot_identifier   = var.snapshot_identifier

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.db.name
  vpc_security_group_ids = [aws_security_group.db.id]
  publicly_accessible    = var.publicly_accessible
  parameter_group_name   = aws_db_parameter_group.db.name
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  backup_retention_period     = var.backup_retention_period
  backup_window               = var.backup_window
  maintenance_window          = var.maintenance_window
  copy_tags_to_snapshot       = true
  apply_immediately           = var.apply_immediately
  allow_major_version_upgrade = var.allow_major_version_upgrade
  auto_minor_version_upgrade  = true

  monitoring_interval             = var.monitoring_interval
  monitoring_role_arn             = var.monitoring_interval == 0 ? null : var.monitoring_role_arn
  performance_insights_enabled    = var.performance_insights
  enabled_cloudwatch_logs_exports = local.log_types

  deletion_protection       = local.protected
  skip_final_snapshot       = !local.protected
  final_snapshot_identifier = local.protected ? "final-${aws_db_subnet_group.db.name}" : null
  delete_automated_backups  = !local.protected

  depends_on = [aws_cloudwatch_log_group.db]
}
