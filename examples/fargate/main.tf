# The stack's network, names and logs, with services that run on Fargate: no machine of yours has room to spare or to lack.
# Fargate has no journal, so these log by awslogs, whatever the stack's machines do.
provider "aws" {
  region = "us-west-2"
}

module "stack" {
  source      = "../../modules/stack"
  name        = "serverless"
  environment = "prod"
  min_size    = 0
}

module "nginx" {
  source             = "../../modules/service"
  stack              = module.stack
  name               = "nginx"
  image              = "nginx"
  image_tag          = var.image_tag
  container_port     = 80
  capacity_providers = { FARGATE = { base = 1 }, FARGATE_SPOT = { weight = 3 } }
  autoscaling        = { min = 2, max = 10, requests = 1000 }
}

# A task by the clock, on spare capacity: it may be interrupted, and is tried again.
module "report" {
  source             = "../../modules/scheduled-task"
  stack              = module.stack
  name               = "report"
  image              = "busybox"
  image_tag          = "1.37"
  command            = ["date"]
  schedule           = "cron(0 3 * * ? *)"
  timezone           = "Europe/Berlin"
  capacity_providers = { FARGATE_SPOT = {} }
}
