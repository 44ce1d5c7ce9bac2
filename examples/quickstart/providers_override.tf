provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check = true
  s3_use_path_style = true
  max_retries = 2
  default_tags { tags = { Probe = "yes" } }
}
