# What somebody who deploys this service, and nothing else, must be allowed: a build pipeline's role takes it as its policy.
locals {
  deploy_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      var.image_ssm_parameter == null ? [] : [
        { Sid = "SayTheTag", Effect = "Allow", Action = ["ssm:GetParameter", "ssm:PutParameter"], Resource = [module.task.image_parameter_arn] },
      ],
      [
        { Sid = "Deploy", Effect = "Allow", Action = ["ecs:DescribeServices", "ecs:UpdateService"], Resource = [local.service.id] },
        # ECS knows no resource for these two.
        { Sid = "MakeRevisions", Effect = "Allow", Action = ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"], Resource = ["*"] },
        {
          Sid       = "HandRoles", Effect = "Allow", Action = ["iam:PassRole"], Resource = [module.task.task_role_arn, module.task.execution_role_arn]
          Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
        },
      ],
    )
  })
}
