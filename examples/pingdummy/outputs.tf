output "url" {
  description = "Where the public finds the frontend."
  value       = module.frontend.url
}

output "beacon" {
  description = "Where the services find the beacon."
  value       = module.beacon.url
}

output "name_servers" {
  description = "Name servers of the public zone, for the registrar."
  value       = module.domain.name_servers
}

output "log_groups" {
  description = "Log group of each service."
  value       = { for name, service in { frontend = module.frontend, beacon = module.beacon, worker = module.worker } : name => service.log_group }
}

output "dashboards" {
  description = "Dashboard of each service behind a load balancer."
  value       = { frontend = module.frontend.dashboard, beacon = module.beacon.dashboard }
}
