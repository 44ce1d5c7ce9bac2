# What the stack hands on. `stack = module.stack` gives all of it to a service; each id can also be used alone.

# Identity

output "name" {
  description = "Name of the stack."
  value       = var.name
}

output "environment" {
  description = "Environment of the stack, such as prod or staging."
  value       = var.environment
}

output "region" {
  description = "AWS region the stack stands in; it comes from the provider."
  value       = data.aws_region.current.id
}

output "account_id" {
  description = "AWS account the stack stands in."
  value       = data.aws_caller_identity.current.account_id
}

output "profile" {
  description = "Cost profile in force: prod or dev."
  value       = var.profile
}

output "force_destroy" {
  description = "True when terraform destroy may take data with it: buckets with objects, databases without a last snapshot."
  value       = var.force_destroy
}

output "alarm_actions" {
  description = "ARNs that the alarms of services notify, such as an SNS topic."
  value       = var.alarm_actions
}

output "tags" {
  description = "Tags that everything of this stack carries."
  value       = local.tags
}

# Network

output "vpc_id" {
  description = "Id of the VPC."
  value       = module.vpc.id
}

output "vpc_cidr" {
  description = "IPv4 range of the VPC."
  value       = module.vpc.cidr_block
}

output "vpc_security_group" {
  description = "Id of the VPC's default security group, which has no rules."
  value       = module.vpc.security_group
}

output "availability_zones" {
  description = "Names of the availability zones in use, in order."
  value       = module.vpc.availability_zones
}

output "internal_subnets" {
  description = "Ids of the private subnets, one a zone, in the order of availability_zones."
  value       = module.vpc.internal_subnets
}

output "external_subnets" {
  description = "Ids of the public subnets, one a zone, in the order of availability_zones."
  value       = module.vpc.external_subnets
}

output "internal_route_tables" {
  description = "Ids of the route tables of the private subnets, in the order of availability_zones."
  value       = module.vpc.internal_route_tables
}

output "external_route_tables" {
  description = "Ids of the route tables of the public subnets: one for all of them."
  value       = module.vpc.external_route_tables
}

output "nat_ips" {
  description = "Public addresses from which the private subnets reach the world; empty without NAT."
  value       = module.vpc.nat_ips
}

output "zone_id" {
  description = "Id of the private DNS zone; null without one."
  value       = one(module.dns[*].zone_id)
}

output "domain_name" {
  description = "Name of the private DNS zone, such as stack.local; null without one."
  value       = one(module.dns[*].name)
}

# Security groups

output "internal_elb" {
  description = "Id of the security group of internal load balancers."
  value       = module.security_groups.internal_elb
}

output "external_elb" {
  description = "Id of the security group of public load balancers."
  value       = module.security_groups.external_elb
}

output "external_ssh" {
  description = "Id of the bastion's security group."
  value       = module.security_groups.external_ssh
}

output "internal_ssh" {
  description = "Id of the security group that lets the bastion in by SSH."
  value       = module.security_groups.internal_ssh
}

output "ecs_cluster_security_group_id" {
  description = "Id of the security group of the cluster's instances; whatever lets it in lets the containers in."
  value       = module.ecs_cluster.security_group_id
}

# Cluster

output "cluster" {
  description = "Name of the ECS cluster."
  value       = module.ecs_cluster.name
}

output "cluster_arn" {
  description = "ARN of the ECS cluster."
  value       = module.ecs_cluster.arn
}

output "capacity_provider" {
  description = "Name of the capacity provider that services place their tasks with."
  value       = module.ecs_cluster.capacity_provider
}

output "autoscaling_group" {
  description = "Name of the auto-scaling group of the cluster's instances."
  value       = module.ecs_cluster.autoscaling_group
}

output "architecture" {
  description = "CPU architecture of the cluster's instances as a task definition names it: X86_64 or ARM64."
  value       = module.ecs_cluster.architecture
}

# Roles

output "execution_role_arn" {
  description = "ARN of the role with which ECS pulls images and writes awslogs for tasks without secrets."
  value       = module.iam_role.execution_role_arn
}

output "execution_role_name" {
  description = "Name of the execution role."
  value       = module.iam_role.execution_role_name
}

output "instance_role_arn" {
  description = "ARN of the role of the cluster's instances."
  value       = module.iam_role.instance_role_arn
}

output "instance_role_name" {
  description = "Name of the role of the cluster's instances, to attach a policy to."
  value       = module.iam_role.instance_role_name
}

# Logs

output "logs" {
  description = "How containers log: ecs-logs (journald, then the agent) or awslogs. Decided at the first apply."
  value       = local.logs
}

output "log_driver" {
  description = "Docker log driver of services: journald or awslogs."
  value       = local.logs == "ecs-logs" ? "journald" : "awslogs"
}

output "log_placement_attribute" {
  description = "Instance attribute that a task which logs through journald asks for; null with awslogs."
  value       = local.logs == "ecs-logs" ? "stack.ecs-logs" : null
}

output "log_group_prefix" {
  description = "Beginning of the names of all log groups of services, such as /segment/prod; a service adds /<its name>."
  value       = local.log_group_prefix
}

output "log_retention_days" {
  description = "Days that the log groups of services keep events; 0 for ever."
  value       = local.log_retention_days
}

output "log_kms_key_arn" {
  description = "KMS key that log groups are encrypted with; null for the service's own key."
  value       = var.log_kms_key_arn
}

output "log_bucket_id" {
  description = "Name of the bucket for the access logs of load balancers; null without one."
  value       = one(module.s3_logs[*].id)
}

# Access

output "bastion_ip" {
  description = "Public address of the bastion; null without one."
  value       = one(module.bastion[*].external_ip)
}

output "bastion_instance_id" {
  description = "Instance id of the bastion, for aws ssm start-session; null without one."
  value       = one(module.bastion[*].instance_id)
}

output "bastion_command" {
  description = "Command that opens a shell on the bastion without any open port; null without one."
  value       = one(module.bastion[*].command)
}
