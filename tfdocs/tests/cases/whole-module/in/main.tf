/**
 * # Harbour
 *
 * Berths for `small_boats` and _large_ ones, see https://example.com/a_b_c.
 */

terraform {
  required_version = ">= 1.9"

  required_providers {
    tide = {
      source  = "example/tide"
      version = "~> 2.1"
    }
  }
}

# The pier.
resource "tide_pier" "north_side" {
  length = var.length
}

data "tide_table" "today" {}

module "lamps" {
  source  = "example/lamps/tide"
  version = "1.2.3"
}

module "ropes" {
  source = "git::https://example.com/ropes.git?ref=v4"
}
