output "name" {
  description = "Name of the load balancer."
  value       = aws_lb.alb.name
}

output "arn" {
  description = "ARN of the load balancer."
  value       = aws_lb.alb.arn
}

output "arn_suffix" {
  description = "Its name in CloudWatch: the dimension LoadBalancer of the HTTP metrics."
  value       = aws_lb.alb.arn_suffix
}

output "dns_name" {
  description = "DNS name that AWS gave it."
  value       = aws_lb.alb.dns_name
}

output "zone_id" {
  description = "Zone of that DNS name, for an alias record."
  value       = aws_lb.alb.zone_id
}

output "listener_arn" {
  description = "Listener that services add their rule to: HTTPS when there is a certificate."
  value       = local.https && local.application ? aws_lb_listener.https["https"].arn : local.application ? aws_lb_listener.http["http"].arn : aws_lb_listener.tcp["tcp"].arn
}

output "listener_arns" {
  description = "All listeners by name: http, https, tcp."
  value       = { for name, listener in merge(aws_lb_listener.http, aws_lb_listener.https, aws_lb_listener.tcp) : name => listener.arn }
}

output "port" {
  description = "Port that clients connect to."
  value       = local.port
}

output "https" {
  description = "Whether it speaks HTTPS."
  value       = local.https
}

output "internal" {
  description = "Whether it is reachable from inside the VPC only."
  value       = var.internal
}

output "security_groups" {
  description = "Its security groups: what the tasks must let in."
  value       = local.groups
}
