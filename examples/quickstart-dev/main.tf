# As quickstart, for a few dollars a day: one NAT gateway, spot machines, short-lived logs, and all of it may be destroyed.
provider "aws" {
  region = "us-west-2"
}

module "stack" {
  source        = "../../modules/stack"
  name          = "quickstart"
  environment   = "dev"
  profile       = "dev"
  force_destroy = true
}

module "nginx" {
  source         = "../../modules/service"
  stack          = module.stack
  name           = "nginx"
  image          = "nginx"
  image_tag      = var.image_tag
  container_port = 80
  desired_count  = 1
  dashboard      = false

  # Nobody is woken for a development environment.
  alarm_healthy_tasks   = null
  alarm_error_percent   = null
  alarm_latency_seconds = null
}
