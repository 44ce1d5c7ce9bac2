provider "registry.terraform.io/example/tide" {
  version     = "2.4.0"
  constraints = ">= 2.0.0"
  hashes      = ["h1:abc"]
}
