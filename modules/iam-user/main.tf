/**
 * # iam-user
 *
 * A user with one policy, for programs that run outside AWS. Inside, a task has a role: use `policies` of service and worker.
 *
 * The access key's secret is in the state, for AWS shows it only once: keep the state encrypted, or set `access_key = false`
 * and make the key by hand.
 *
 * ## Usage
 *
 * ```hcl
 * module "mailer" {
 *   source = "github.com/segmentio/stack//modules/iam-user"
 *
 *   name   = "mailer"
 *   policy = jsonencode({
 *     Version   = "2012-10-17"
 *     Statement = [{ Effect = "Allow", Action = "ses:SendEmail", Resource = "*" }]
 *   })
 * }
 * ```
 */
resource "aws_iam_user" "user" {
  name                 = var.name
  path                 = var.path
  permissions_boundary = var.permissions_boundary
  force_destroy        = var.force_destroy
  tags                 = var.tags
}

resource "aws_iam_user_policy" "user" {
  name   = var.name
  user   = aws_iam_user.user.name
  policy = var.policy
}

resource "aws_iam_access_key" "user" {
  for_each = toset(var.access_key ? [var.name] : [])

  user = aws_iam_user.user.name
}
