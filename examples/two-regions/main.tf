# The same stack in two regions: other networks, so that they can be joined, and no name that collides.
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}

provider "aws" {
  alias  = "east"
  region = "us-east-1"
}

module "west" {
  source    = "../../modules/stack"
  providers = { aws = aws.west }

  name        = "segment"
  environment = "prod"
  cidr        = "10.30.0.0/16"
}

module "east" {
  source    = "../../modules/stack"
  providers = { aws = aws.east }

  name        = "segment"
  environment = "prod"
  cidr        = "10.31.0.0/16"
}

# A service is in the region of its stack, and so is its provider.
module "nginx_west" {
  source    = "../../modules/service"
  providers = { aws = aws.west }

  stack          = module.west
  name           = "nginx"
  image          = "nginx"
  image_tag      = var.image_tag
  container_port = 80
}

module "nginx_east" {
  source    = "../../modules/service"
  providers = { aws = aws.east }

  stack          = module.east
  name           = "nginx"
  image          = "nginx"
  image_tag      = var.image_tag
  container_port = 80
}
