# The bucket for the access logs of load balancers: closed, encrypted, and emptied by age.

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
data "aws_partition" "current" {}

data "aws_elb_service_account" "legacy" {
  count = contains(var.legacy_regions, data.aws_region.current.id) ? 1 : 0
}

locals {
  account   = data.aws_caller_identity.current.account_id
  region    = data.aws_region.current.id
  partition = data.aws_partition.current.partition

  # Bucket names are the world's: account and region keep ours apart, and 63 characters is the most there is.
  suffix = "-logs-${local.account}-${local.region}"
  bucket = "${trimsuffix(substr("${var.name}-${var.environment}", 0, 63 - length(local.suffix)), "-")}${local.suffix}"

  # With and without a prefix before AWSLogs.
  objects = ["${aws_s3_bucket.main.arn}/AWSLogs/${local.account}/*", "${aws_s3_bucket.main.arn}/*/AWSLogs/${local.account}/*"]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "ApplicationLoadBalancersWrite"
          Effect    = "Allow"
          Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
          Action    = "s3:PutObject"
          Resource  = local.objects
          Condition = { ArnLike = { "aws:SourceArn" = "arn:${local.partition}:elasticloadbalancing:${local.region}:${local.account}:loadbalancer/*" } }
        },
        {
          Sid       = "NetworkLoadBalancersWrite"
          Effect    = "Allow"
          Principal = { Service = "delivery.logs.amazonaws.com" }
          Action    = "s3:PutObject"
          Resource  = local.objects
          Condition = {
            StringEquals = { "aws:SourceAccount" = local.account, "s3:x-amz-acl" = "bucket-owner-full-control" }
            ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:logs:${local.region}:${local.account}:*" }
          }
        },
        {
          Sid       = "NetworkLoadBalancersLook"
          Effect    = "Allow"
          Principal = { Service = "delivery.logs.amazonaws.com" }
          Action    = "s3:GetBucketAcl"
          Resource  = aws_s3_bucket.main.arn
          Condition = {
            StringEquals = { "aws:SourceAccount" = local.account }
            ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:logs:${local.region}:${local.account}:*" }
          }
        },
        {
          Sid       = "OnlyEncryptedConnections"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = [aws_s3_bucket.main.arn, "${aws_s3_bucket.main.arn}/*"]
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
      ],
      [
        for account in data.aws_elb_service_account.legacy : {
          Sid       = "LoadBalancersOfOldWrite"
          Effect    = "Allow"
          Principal = { AWS = account.arn }
          Action    = "s3:PutObject"
          Resource  = local.objects
        }
      ],
    )
  })

  tags = merge({ Environment = var.environment }, var.tags)
}

resource "aws_s3_bucket" "main" {
  bucket        = local.bucket
  force_destroy = var.force_destroy

  tags = merge(local.tags, { Name = local.bucket })
}

resource "aws_s3_bucket_public_access_block" "main" {
  bucket = aws_s3_bucket.main.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "main" {
  bucket = aws_s3_bucket.main.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# Load balancers write to buckets with S3's own keys only: a KMS key here would lose the logs.
resource "aws_s3_bucket_server_side_encryption_configuration" "main" {
  bucket = aws_s3_bucket.main.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_policy" "main" {
  bucket = aws_s3_bucket.main.id
  policy = local.policy

  # S3 refuses two changes of a bucket's access at the same time.
  depends_on = [aws_s3_bucket_public_access_block.main, aws_s3_bucket_ownership_controls.main]
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  bucket = aws_s3_bucket.main.id

  rule {
    id     = "abort-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  dynamic "rule" {
    for_each = var.expiration_days > 0 ? [var.expiration_days] : []

    content {
      id     = "expire-logs"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }
}
