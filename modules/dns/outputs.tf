# The zone, for records.

output "name" {
  description = "Name of the zone, as given."
  value       = var.name
}

output "zone_id" {
  description = "Id of the zone."
  value       = aws_route53_zone.main.zone_id
}

output "name_servers" {
  description = "Name servers of the zone; a public zone works once its parent names them."
  value       = aws_route53_zone.main.name_servers
}
