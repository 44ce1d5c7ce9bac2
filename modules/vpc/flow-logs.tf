# Who talks to whom in the VPC, in a log group with a retention.

data "aws_caller_identity" "current" {
  count = var.flow_logs ? 1 : 0
}

data "aws_partition" "current" {
  count = var.flow_logs ? 1 : 0
}

locals {
  # Only flow logs of this account and region may take the role, or another account could write here through the service.
  flow_logs_trust = var.flow_logs ? jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current[0].account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${data.aws_partition.current[0].partition}:ec2:${data.aws_region.current.id}:${data.aws_caller_identity.current[0].account_id}:vpc-flow-log/*" }
      }
    }]
  }) : null

  flow_logs_policy = var.flow_logs ? jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
      Resource = "${aws_cloudwatch_log_group.flow_logs[0].arn}:*"
      },
      {
        # The service looks for its group before it writes; this action knows no narrower resource.
        Effect   = "Allow"
        Action   = "logs:DescribeLogGroups"
        Resource = "*"
    }]
  }) : null
}

resource "aws_cloudwatch_log_group" "flow_logs" {
  count = var.flow_logs ? 1 : 0

  name              = "/${var.name}/${var.environment}/_flow-logs"
  retention_in_days = var.flow_logs_retention_days
  kms_key_id        = var.log_kms_key_arn

  tags = local.tags
}

resource "aws_iam_role" "flow_logs" {
  count = var.flow_logs ? 1 : 0

  name_prefix        = substr("${local.label}-flow-logs-", 0, 38)
  description        = "Writes the flow logs of ${local.label}"
  assume_role_policy = local.flow_logs_trust

  tags = local.tags
}

resource "aws_iam_role_policy" "flow_logs" {
  count = var.flow_logs ? 1 : 0

  name   = "write"
  role   = aws_iam_role.flow_logs[0].id
  policy = local.flow_logs_policy
}

resource "aws_flow_log" "main" {
  count = var.flow_logs ? 1 : 0

  vpc_id               = aws_vpc.main.id
  traffic_type         = "ALL"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flow_logs[0].arn
  iam_role_arn         = aws_iam_role.flow_logs[0].arn

  tags = merge(local.tags, { Name = local.label })
}
