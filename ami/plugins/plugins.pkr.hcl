# For Packer 1.7 and newer, which fetches builders by `packer init ami/plugins`; Packer 1.6 has them built in and refuses this block, so it stands apart.
packer {
  required_version = ">= 1.7.0"
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.3.0, < 2.0.0"
    }
  }
}
