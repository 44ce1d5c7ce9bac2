# The three answers of 2016, as they are today.

output "domain_name_servers" {
  description = "Address of the VPC's own name server: the third of its range."
  value       = cidrhost(var.cidr, 2)
}

output "ecs_ami_ssm_parameter" {
  description = "SSM parameter that names the newest ECS-optimised Amazon Linux 2023 image."
  value       = "/aws/service/ecs/optimized-ami/amazon-linux-2023${var.architecture == "arm64" ? "/arm64" : ""}/recommended/image_id"
}

output "s3_logs_account_id" {
  description = "AWS account as which load balancers of this region used to write access logs; null where a service always did."
  value       = lookup(local.log_accounts, var.region, null)
}
