output "regions" {
  description = "Network, cluster and instance role by region."
  value = {
    for stack in [module.west, module.east] : stack.region => {
      cidr          = stack.vpc_cidr
      cluster       = stack.cluster_arn
      instance_role = stack.instance_role_name
      log_bucket    = stack.log_bucket_id
    }
  }
}
