# A pure module: it computes and makes nothing, so it needs no provider.
terraform {
  required_version = ">= 1.9.0"
}
