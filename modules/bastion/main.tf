# The way in for people: a machine that Session Manager reaches without an open port, or an endpoint without a machine.

data "aws_region" "current" {}

locals {
  label        = "${var.name}-${var.environment}-bastion"
  tags         = merge({ Environment = var.environment }, var.tags)
  architecture = can(regex("^(a1|[a-z]+[0-9]+g[a-z]*)[.]", var.instance_type)) ? "arm64" : "x86_64"
  instances    = var.mode == "instance" ? 1 : 0

  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })

  # What a shell by Session Manager needs and no more: none of these actions knows a narrower resource.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "SessionManager"
      Effect = "Allow"
      Action = [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ]
      Resource = "*"
    }]
  })
}

data "aws_ssm_parameter" "image" {
  count = var.mode == "instance" && var.ami_id == null ? 1 : 0

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${local.architecture}"
}

resource "aws_iam_role" "main" {
  count = local.instances

  name                 = "${local.label}-${data.aws_region.current.id}"
  description          = "The bastion of ${var.name}-${var.environment}"
  assume_role_policy   = local.trust
  permissions_boundary = var.permissions_boundary

  tags = local.tags
}

resource "aws_iam_role_policy" "main" {
  count = local.instances

  name   = "session-manager"
  role   = aws_iam_role.main[0].id
  policy = local.policy
}

resource "aws_iam_instance_profile" "main" {
  count = local.instances

  name = aws_iam_role.main[0].name
  role = aws_iam_role.main[0].name

  tags = local.tags

  depends_on = [aws_iam_role_policy.main]
}

resource "aws_instance" "main" {
  count = local.instances

  ami                    = var.ami_id != null ? var.ami_id : data.aws_ssm_parameter.image[0].insecure_value
  instance_type          = var.instance_type
  subnet_id              = var.subnet_id
  vpc_security_group_ids = var.security_groups
  key_name               = var.key_name
  iam_instance_profile   = aws_iam_instance_profile.main[0].name
  ebs_optimized          = true

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_size = var.volume_size
    volume_type = "gp3"
    encrypted   = true
    tags        = merge(local.tags, { Name = local.label })
  }

  tags = merge(local.tags, { Name = local.label })

  lifecycle {
    # AWS names a new image every few weeks; a bastion is replaced when someone asks for it (terraform apply -replace).
    ignore_changes = [ami]
  }
}

# The address stays when the machine is replaced.
resource "aws_eip" "main" {
  count = local.instances

  domain   = "vpc"
  instance = aws_instance.main[0].id

  tags = merge(local.tags, { Name = local.label })
}

resource "aws_ec2_instance_connect_endpoint" "main" {
  count = var.mode == "endpoint" ? 1 : 0

  subnet_id          = var.subnet_id
  security_group_ids = var.security_groups
  preserve_client_ip = false

  tags = merge(local.tags, { Name = local.label })
}
