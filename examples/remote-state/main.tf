# State in S3, locked by a file beside it: `bootstrap/` makes the bucket. No DynamoDB table is needed any more.
terraform {
  backend "s3" {
    bucket       = "example-terraform-state"
    key          = "segment/prod/stack.tfstate"
    region       = "us-west-2"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = "us-west-2"
}

module "stack" {
  source      = "../../modules/stack"
  name        = "segment"
  environment = "prod"
}
