# Pingdummy: a public frontend, a beacon that it calls and that counts in a database, and a worker that nobody calls.
provider "aws" {
  region = "us-west-2"
}

module "stack" {
  source      = "../../modules/stack"
  name        = "pingdummy"
  environment = "prod"

  # For a demonstration: the database may go with the rest.
  force_destroy = true
}

# The public zone: let your registrar point the domain at its name servers.
module "domain" {
  source = "../../modules/dns"
  name   = var.domain
}

module "frontend" {
  source = "../../modules/web-service"

  stack          = module.stack
  name           = "frontend"
  image          = "${var.images}/frontend"
  image_tag      = var.image_tag
  container_port = 3000
  healthcheck    = "/healthz"
  domain         = "www.${var.domain}"
  external_zone  = module.domain
  links          = { beacon = module.beacon }
}

# http://beacon.stack.local, in front of port 3001 of each container.
module "beacon" {
  source = "../../modules/service"

  stack          = module.stack
  name           = "beacon"
  image          = "${var.images}/beacon"
  image_tag      = "1.0.0"
  container_port = 3001
  healthcheck    = "/healthz"
  env_vars       = { DATABASE_URL = module.db.url }
  secrets        = { DATABASE_PASSWORD = module.db.password_secret }
}

module "worker" {
  source = "../../modules/worker"

  stack     = module.stack
  name      = "worker"
  image     = "${var.images}/worker"
  image_tag = "1.0.0"
  env_vars  = { INTERVAL_SECONDS = "60" }
  links     = { beacon = module.beacon }
}

module "db" {
  source = "../../modules/rds"

  stack = module.stack
  name  = "pings"
}
