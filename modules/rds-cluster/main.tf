/**
 * # rds-cluster
 *
 * An Aurora database that takes as much machine as its load needs (Serverless v2), or machines of a fixed size,
 * with a name in the stack's zone: `db.stack.local`, and `db-ro.stack.local` for those who only read.
 *
 * Encryption, TLS, password and protection are as in module rds.
 *
 * ## Usage
 *
 * ```hcl
 * module "db" {
 *   source = "github.com/segmentio/stack//modules/rds-cluster"
 *
 *   stack = module.stack
 *   name  = "orders"
 * }
 * ```
 */
locals {
  environment = try(coalesce(var.environment, var.stack.environment), null)
  identifier  = join("-", compact([var.stack.name, local.environment, var.name]))
  vpc_id      = try(coalesce(var.vpc_id, var.stack.vpc_id), null)
  subnet_ids  = var.subnet_ids != null ? var.subnet_ids : var.stack.internal_subnets
  tags        = merge(var.stack.tags, var.tags)

  postgres   = var.engine == "aurora-postgresql"
  serverless = var.instance_class == "db.serverless"
  port       = coalesce(var.port, local.postgres ? 5432 : 3306)
  version    = split(".", var.engine_version)
  family     = local.postgres ? "aurora-postgresql${local.version[0]}" : "aurora-mysql${join(".", slice(local.version, 0, min(2, length(local.version))))}"
  parameters = merge(local.postgres ? { "rds.force_ssl" = "1" } : { require_secure_transport = "ON" }, var.parameters)
  log_types  = local.postgres ? ["postgresql"] : ["error", "slowquery"]

  username = coalesce(var.username, replace(var.name, "-", "_"))
  database = coalesce(var.database, replace(var.name, "-", "_"))

  protected = var.deletion_protection != null ? var.deletion_protection : !coalesce(var.stack.force_destroy, false)
  callers   = var.ingress_allow_security_groups != null ? var.ingress_allow_security_groups : var.stack.name == null ? [] : [var.stack.ecs_cluster_security_group_id]

  domain_name = try(coalesce(var.domain_name, var.stack.domain_name), null)
  # Name in the zone → the endpoint it stands for.
  names = local.domain_name == null ? {} : {
    (var.dns_name)       = aws_rds_cluster.db.endpoint
    "${var.dns_name}-ro" = aws_rds_cluster.db.reader_endpoint
  }
  instances = toset([for i in range(var.instance_count) : tostring(i + 1)])
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

# Its name is new with each database, which the last snapshot's then is, too.
resource "aws_db_subnet_group" "db" {
  name_prefix = "${substr(local.identifier, 0, 50)}-"
  description = "Subnets of ${local.identifier}."
  subnet_ids  = local.subnet_ids
  tags        = local.tags
}

resource "aws_rds_cluster_parameter_group" "db" {
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

  name              = "/aws/rds/cluster/${local.identifier}/${each.key}"
  retention_in_days = coalesce(var.log_retention_days, var.stack.log_retention_days, 30)
  kms_key_id        = var.stack.log_kms_key_arn
  tags              = local.tags
}

resource "aws_rds_cluster" "db" {
  cluster_identifier = local.identifier
  engine             = var.engine
  engine_version     = var.engine_version
  database_name      = var.snapshot_identifier == null ? local.database : null
  master_username    = var.snapshot_identifier == null ? local.username : null
  port               = local.port
  tags               = local.tags

  manage_master_user_password         = true
  master_user_secret_kms_key_id       = var.kms_key_arn
  iam_database_authentication_enabled = true
  storage_encrypted                   = true
  kms_key_id                          = var.kms_key_arn
  snapshot_identifier                 = var.snapshot_identifier

  # No availability_zones: AWS picks three, and naming fewer would replace the cluster.
  db_subnet_group_name            = aws_db_subnet_group.db.name
  vpc_security_group_ids          = [aws_security_group.db.id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.db.name

  backup_retention_period         = var.backup_retention_period
  preferred_backup_window         = var.backup_window
  preferred_maintenance_window    = var.maintenance_window
  copy_tags_to_snapshot           = true
  apply_immediately               = var.apply_immediately
  allow_major_version_upgrade     = var.allow_major_version_upgrade
  enabled_cloudwatch_logs_exports = local.log_types

  deletion_protection       = local.protected
  skip_final_snapshot       = !local.protected
  final_snapshot_identifier = local.protected ? "final-${aws_db_subnet_group.db.name}" : null

  dynamic "serverlessv2_scaling_configuration" {
    for_each = local.serverless ? [var.capacity] : []
    content {
      min_capacity             = serverlessv2_scaling_configuration.value.min
      max_capacity             = serverlessv2_scaling_configuration.value.max
      seconds_until_auto_pause = serverlessv2_scaling_configuration.value.min == 0 ? 300 : null
    }
  }

  depends_on = [aws_cloudwatch_log_group.db]
}

resource "aws_rds_cluster_instance" "db" {
  for_each = local.instances

  identifier                   = "${local.identifier}-${each.key}"
  cluster_identifier           = aws_rds_cluster.db.id
  engine                       = aws_rds_cluster.db.engine
  engine_version               = aws_rds_cluster.db.engine_version
  instance_class               = var.instance_class
  db_subnet_group_name         = aws_db_subnet_group.db.name
  publicly_accessible          = false
  performance_insights_enabled = var.performance_insights
  auto_minor_version_upgrade   = true
  copy_tags_to_snapshot        = true
  apply_immediately            = var.apply_immediately
  ca_cert_identifier           = "rds-ca-rsa2048-g1"
  tags                         = local.tags
}

resource "aws_route53_record" "db" {
  for_each = local.names

  zone_id = coalesce(var.zone_id, var.stack.zone_id)
  name    = "${each.key}.${local.domain_name}"
  type    = "CNAME"
  ttl     = 60
  records = [each.value]
}
