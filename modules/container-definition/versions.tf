# Pure: no provider, so this module plans and tests in milliseconds and without an account.
terraform {
  required_version = ">= 1.9"
}
