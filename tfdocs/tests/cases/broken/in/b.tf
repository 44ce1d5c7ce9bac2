output "x" {
  description = upper("x")
}
