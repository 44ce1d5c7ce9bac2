output "json" {
  description = "The container definition as one JSON object."
  value       = local.json
}

output "json_list" {
  description = "The same as a list of one, as `aws_ecs_task_definition.container_definitions` takes it."
  value       = "[${local.json}]"
}

output "name" {
  description = "Name of the container."
  value       = var.name
}

output "image" {
  description = "Image with its tag or digest."
  value       = local.image
}
