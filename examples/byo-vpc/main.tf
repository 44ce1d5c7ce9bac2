# Your VPC, your cluster, and of the stack only the module service. Here the VPC is the account's default one
# and the tasks run on Fargate, so that nothing else is needed to try it.
provider "aws" {
  region = "us-west-2"
}

data "aws_vpc" "yours" {
  default = true
}

data "aws_subnets" "yours" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.yours.id]
  }
}

resource "aws_ecs_cluster" "yours" {
  name = "yours"
}

resource "aws_ecs_cluster_capacity_providers" "yours" {
  cluster_name       = aws_ecs_cluster.yours.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

module "nginx" {
  source = "../../modules/service"

  name           = "nginx"
  environment    = "prod"
  image          = "nginx"
  image_tag      = var.image_tag
  container_port = 80

  cluster            = aws_ecs_cluster_capacity_providers.yours.cluster_name
  capacity_providers = { (var.capacity_provider) = {} }
  vpc_id             = data.aws_vpc.yours.id
  subnet_ids         = data.aws_subnets.yours.ids
  # The default VPC has no NAT; its tasks fetch their image over an address of their own.
  assign_public_ip = true
  force_destroy    = true
}
