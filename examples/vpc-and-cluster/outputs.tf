output "cluster" {
  description = "Name of the cluster."
  value       = module.cluster.name
}

output "log_group" {
  description = "Where the worker's lines go."
  value       = module.crawler.log_group
}
