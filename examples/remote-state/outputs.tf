# Another configuration reads this with the data source terraform_remote_state, and gives it to a service:
#
#   data "terraform_remote_state" "stack" {
#     backend = "s3"
#     config  = { bucket = "example-terraform-state", key = "segment/prod/stack.tfstate", region = "us-west-2" }
#   }
#
#   module "api" {
#     source = ".../modules/service"
#     stack  = data.terraform_remote_state.stack.outputs.stack
#     ...
#   }
output "stack" {
  description = "The whole stack, for configurations of services."
  value       = module.stack
}
