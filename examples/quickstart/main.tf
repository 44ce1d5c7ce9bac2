# A production-ready ECS environment in five lines, and a first service on it.
provider "aws" {
  region = "us-west-2"
}

module "stack" {
  source      = "../../modules/stack"
  name        = "quickstart"
  environment = "prod"
}

module "nginx" {
  source         = "../../modules/service"
  stack          = module.stack
  name           = "nginx"
  image          = "nginx"
  image_tag      = var.image_tag
  container_port = 80
}
