# Many small services behind one load balancer: each keeps its name, and 20 dollars a month are paid once.
provider "aws" {
  region = "us-west-2"
}

module "stack" {
  source      = "../../modules/stack"
  name        = "shop"
  environment = "prod"
}

module "shared" {
  source = "../../modules/alb"

  stack = module.stack
  name  = "shared"
}

module "service" {
  source   = "../../modules/service"
  for_each = { orders = 3000, users = 3001, search = 9200 }

  stack          = module.stack
  name           = each.key
  image          = "registry.example.com/shop/${each.key}"
  image_tag      = var.image_tag
  container_port = each.value
  load_balancer  = module.shared
}
