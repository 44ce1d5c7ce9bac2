# The policies, as JSON in locals, so that tests can read what they grant.

locals {
  instance_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })

  # ECS of this account and region only, or another account could hand the role to its own tasks.
  execution_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${local.region}:${local.account}:*" }
      }
    }]
  })

  # Actions without a resource of their own stand alone, so that the star covers nothing else.
  pull = [
    {
      Sid      = "LogInToEcr"
      Effect   = "Allow"
      Action   = "ecr:GetAuthorizationToken"
      Resource = "*"
    },
    {
      Sid      = "PullImages"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = local.repositories
    },
  ]

  write_logs = [{
    Sid      = "WriteLogs"
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = "${local.groups_arn}:*"
  }]

  create_log_groups = var.create_log_groups ? [{
    Sid      = "MakeLogGroups"
    Effect   = "Allow"
    Action   = ["logs:CreateLogGroup", "logs:PutRetentionPolicy"]
    Resource = [local.groups_arn, "${local.groups_arn}:*"]
  }] : []

  # What a shell needs and no more: AWS's own policy for it would let an instance read every parameter.
  session_manager = var.session_manager ? [{
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
  }] : []

  instance_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid    = "JoinTheCluster"
          Effect = "Allow"
          Action = [
            "ecs:DeregisterContainerInstance",
            "ecs:RegisterContainerInstance",
            "ecs:SubmitAttachmentStateChanges",
            "ecs:SubmitContainerStateChange",
            "ecs:SubmitTaskStateChange",
          ]
          Resource = local.cluster_arn
        },
        {
          # PutAttributes registers that the log agent runs; the state change is an instance's own draining before Spot takes it.
          Sid       = "SpeakForInstances"
          Effect    = "Allow"
          Action    = ["ecs:Poll", "ecs:PutAttributes", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"]
          Resource  = local.instances_arn
          Condition = { ArnEquals = { "ecs:cluster" = local.cluster_arn } }
        },
        {
          Sid       = "TagInstancesAsTheyJoin"
          Effect    = "Allow"
          Action    = "ecs:TagResource"
          Resource  = local.instances_arn
          Condition = { StringEquals = { "ecs:CreateAction" = "RegisterContainerInstance" } }
        },
        {
          Sid      = "FindEndpointAndOwnTags"
          Effect   = "Allow"
          Action   = ["ec2:DescribeTags", "ecs:DiscoverPollEndpoint"]
          Resource = "*"
        },
      ],
      local.pull,
      local.write_logs,
      local.create_log_groups,
      local.session_manager,
    )
  })

  execution_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      local.pull,
      local.write_logs,
      length(var.secret_arns) == 0 ? [] : [{
        Sid      = "ReadSecrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue", "ssm:GetParameters"]
        Resource = var.secret_arns
      }],
    )
  })
}
