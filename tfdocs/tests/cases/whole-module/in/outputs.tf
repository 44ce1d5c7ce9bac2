output "pier_id" {
  description = "Its id."
  value       = tide_pier.north_side.id
}
