/**
 * # alb
 *
 * A load balancer with its listeners: internal or public, HTTP or HTTPS, access logs into the stack's bucket.
 * Alone it answers 404; services that are given it as `load_balancer` add their host name. Each service without one makes its own.
 *
 * With a certificate, port 80 only redirects and port 443 speaks TLS 1.2 and 1.3.
 *
 * ## Usage
 *
 * ```hcl
 * module "shared" {
 *   source = "github.com/segmentio/stack//modules/alb"
 *
 *   stack = module.stack
 *   name  = "shared"
 * }
 *
 * module "api" {
 *   source = "github.com/segmentio/stack//modules/service"
 *
 *   stack         = module.stack
 *   name          = "api"
 *   image         = "registry.example.com/team/api"
 *   load_balancer = module.shared
 * }
 * ```
 */
locals {
  environment = try(coalesce(var.environment, var.stack.environment), null)
  name        = coalesce(var.load_balancer_name, join("-", compact([var.stack.name, local.environment, var.name])))
  tags        = merge(var.stack.tags, var.tags)

  application = var.type == "application"
  https       = var.certificate != null
  # What a client connects to; port 80 beside 443 only redirects.
  port = local.application && local.https ? 443 : var.port

  vpc_id     = try(coalesce(var.vpc_id, var.stack.vpc_id), null)
  subnet_ids = var.subnet_ids != null ? var.subnet_ids : var.internal ? var.stack.internal_subnets : var.stack.external_subnets
  # Whether there is one must be known at plan: the provider forgets the bucket while that is open.
  log_access = var.log_bucket != null || var.stack.log_bucket_id != null
  log_bucket = var.log_bucket != null ? var.log_bucket.id : try(coalesce(var.stack.log_bucket_id), "")

  # The stack's groups open 80 and 443. Another port, or no stack, takes a group of its own; which of it is known at plan.
  in_stack  = var.stack.name != null
  own_group = var.security_groups == null && (!local.in_stack || !contains([80, 443], var.port))
  groups = concat(
    var.security_groups != null ? var.security_groups : local.in_stack ? [var.internal ? var.stack.internal_elb : var.stack.external_elb] : [],
    [for group in aws_security_group.own : group.id],
  )
  open_ports = local.own_group ? toset([for p in distinct([var.port, local.port]) : tostring(p)]) : toset([])

  default_target_group = var.default_target_group == null ? null : var.default_target_group.arn
}

data "aws_vpc" "own" {
  for_each = toset(local.own_group ? [var.name] : [])

  id = local.vpc_id
}

resource "aws_security_group" "own" {
  for_each = toset(local.own_group ? [var.name] : [])

  name_prefix = "${substr(local.name, 0, 50)}-lb-"
  description = "Load balancer ${local.name}."
  vpc_id      = local.vpc_id
  tags        = merge(local.tags, { Name = "${local.name} load balancer" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "own" {
  for_each = local.open_ports

  security_group_id = aws_security_group.own[var.name].id
  description       = var.internal ? "From inside the VPC." : "From the world: the service is public."
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
  cidr_ipv4         = var.internal ? data.aws_vpc.own[var.name].cidr_block : "0.0.0.0/0"
  tags              = local.tags
}

resource "aws_vpc_security_group_egress_rule" "own" {
  for_each = aws_security_group.own

  security_group_id = each.value.id
  description       = "To the tasks, on whichever port ECS picked."
  ip_protocol       = "tcp"
  from_port         = 0
  to_port           = 65535
  cidr_ipv4         = data.aws_vpc.own[each.key].cidr_block
  tags              = local.tags
}

resource "aws_lb" "alb" {
  name               = local.name
  load_balancer_type = var.type
  internal           = var.internal
  subnets            = local.subnet_ids
  security_groups    = local.groups
  tags               = local.tags

  enable_deletion_protection       = var.deletion_protection
  drop_invalid_header_fields       = local.application ? true : null
  idle_timeout                     = local.application ? var.idle_timeout : null
  enable_cross_zone_load_balancing = true

  # A network load balancer logs TLS only, and through another principal.
  dynamic "access_logs" {
    for_each = local.application ? [local.log_bucket] : []
    content {
      enabled = local.log_access
      bucket  = access_logs.value
      prefix  = var.name
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.name) <= 32 && !startswith(local.name, "internal-")
      error_message = "The load balancer would be called \"${local.name}\" (${length(local.name)} characters); AWS allows 32, and not internal- at the beginning. Shorten the name, or give load_balancer_name."
    }
    precondition {
      condition     = local.vpc_id != null && local.subnet_ids != null
      error_message = "The load balancer \"${local.name}\" has no network: give stack = module.stack, or vpc_id and subnet_ids."
    }
    precondition {
      condition     = !local.application || try(length(local.subnet_ids) >= 2, true)
      error_message = "A load balancer needs subnets in at least two availability zones: \"${local.name}\" got fewer than two subnets."
    }
  }
}

resource "aws_lb_listener" "http" {
  for_each = toset(local.application ? ["http"] : [])

  load_balancer_arn = aws_lb.alb.arn
  port              = var.port
  protocol          = "HTTP"
  tags              = local.tags

  default_action {
    type             = local.https ? "redirect" : var.default_target_group == null ? "fixed-response" : "forward"
    target_group_arn = local.https ? null : local.default_target_group

    dynamic "redirect" {
      for_each = local.https ? ["443"] : []
      content {
        port        = redirect.value
        protocol    = "HTTPS"
        status_code = "HTTP_301"
      }
    }
    dynamic "fixed_response" {
      for_each = !local.https && var.default_target_group == null ? ["404"] : []
      content {
        content_type = "text/plain"
        message_body = "no service has this host name"
        status_code  = fixed_response.value
      }
    }
  }
}

resource "aws_lb_listener" "https" {
  for_each = toset(local.application && local.https ? ["https"] : [])

  load_balancer_arn = aws_lb.alb.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = var.ssl_policy
  certificate_arn   = var.certificate.arn
  tags              = local.tags

  default_action {
    type             = var.default_target_group == null ? "fixed-response" : "forward"
    target_group_arn = local.default_target_group

    dynamic "fixed_response" {
      for_each = var.default_target_group == null ? ["404"] : []
      content {
        content_type = "text/plain"
        message_body = "no service has this host name"
        status_code  = fixed_response.value
      }
    }
  }
}

resource "aws_lb_listener" "tcp" {
  for_each = toset(local.application ? [] : ["tcp"])

  load_balancer_arn = aws_lb.alb.arn
  port              = var.port
  protocol          = local.https ? "TLS" : "TCP"
  ssl_policy        = local.https ? var.ssl_policy : null
  certificate_arn   = local.https ? var.certificate.arn : null
  tags              = local.tags

  default_action {
    type             = "forward"
    target_group_arn = local.default_target_group
  }
}
