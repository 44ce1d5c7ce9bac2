output "bucket" {
  description = "Name of the bucket, for the backend."
  value       = aws_s3_bucket.state.id
}
