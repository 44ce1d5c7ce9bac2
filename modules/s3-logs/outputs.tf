# The bucket, once it may be written to.

output "id" {
  description = "Name of the bucket, for access_logs of a load balancer."
  # bucket, not id: a load balancer must know at plan whether it logs.
  value = aws_s3_bucket.main.bucket
  # A load balancer that is to log there is refused until the policy stands.
  depends_on = [aws_s3_bucket_policy.main]
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.main.arn
}
