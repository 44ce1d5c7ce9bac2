# Single parts without the stack: a network and a cluster, no bastion, no DNS, and a worker on it.
provider "aws" {
  region = "us-west-2"
}

locals {
  name        = "batch"
  environment = "prod"
}

data "aws_availability_zones" "available" {
  state = "available"
}

module "vpc" {
  source = "../../modules/vpc"

  name               = local.name
  environment        = local.environment
  cidr               = "10.40.0.0/16"
  availability_zones = slice(data.aws_availability_zones.available.names, 0, 2)
  nat                = "single"
}

module "iam_role" {
  source = "../../modules/iam-role"

  name        = local.name
  environment = local.environment
}

module "cluster" {
  source = "../../modules/ecs-cluster"

  name                     = local.name
  environment              = local.environment
  vpc_id                   = module.vpc.id
  subnet_ids               = module.vpc.internal_subnets
  iam_instance_profile_arn = module.iam_role.profile_arn
  instance_types           = ["m7i.large", "m6i.large"]
  desired_capacity         = 1
}

module "crawler" {
  source = "../../modules/worker"

  name               = "crawler"
  environment        = local.environment
  image              = "registry.example.com/team/crawler"
  image_tag          = var.image_tag
  command            = ["--depth", "3"]
  cluster            = module.cluster.name
  capacity_providers = { (module.cluster.capacity_provider) = {} }
  log_driver         = "awslogs"
}
