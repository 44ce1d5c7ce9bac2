//! Terraform module to documentation.
