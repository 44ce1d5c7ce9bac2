provider "tide" {
  version = ">= 2"
}
resource "tide_pier" "p" {}
resource "tide_pier" "q" {
  provider = tide.far
}
