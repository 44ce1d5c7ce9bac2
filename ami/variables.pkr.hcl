variable "region" {
  description = "Where the image is built. The publish tool copies it to other regions."
  type        = string
  default     = "us-west-2"
}

variable "architecture" {
  description = "x86_64 or arm64."
  type        = string
  default     = "x86_64"
}

variable "instance_type" {
  description = "Type of the instance that builds; of the same architecture."
  type        = string
  default     = "t3.small"
}

variable "name" {
  description = "Start of the image's name; the time of the build follows."
  type        = string
  default     = "stack-ecs"
}

variable "ecs_logs_package" {
  description = "The .rpm (Amazon Linux) or .deb (Debian) of ecs-logs, as `make packages` leaves it in dist/."
  type        = string
}

variable "ecs_logs_version" {
  description = "Version in that package; becomes a tag of the image."
  type        = string
}

variable "source_ami_name" {
  description = "Name pattern of the base image. The newest that Amazon owns is taken."
  type        = string
  default     = "al2023-ami-ecs-hvm-2023.*"
}

variable "root_device" {
  description = "Root device of the base image."
  type        = string
  default     = "/dev/xvda"
}

variable "root_volume_size" {
  description = "Size of the root volume in GiB; container images and logs lie on it."
  type        = number
  default     = 50
}

variable "kms_key_id" {
  description = "Key for the root volume's encryption. Empty: the account's default key for EBS."
  type        = string
  default     = ""
}

variable "subnet_id" {
  description = "Subnet of the instance that builds. Empty: the default VPC's."
  type        = string
  default     = ""
}

variable "ssh_username" {
  description = "Who logs in; becomes root by sudo."
  type        = string
  default     = "ec2-user"
}

variable "build_folder" {
  description = "Where the manifest and the list of versions are written."
  type        = string
  default     = "build"
}

# For tests only: an EC2 endpoint that is not AWS's, and a machine that stands in for the instance.
variable "ec2_endpoint" {
  type    = string
  default = ""
}

variable "ssh_host" {
  type    = string
  default = ""
}

variable "ssh_port" {
  type    = number
  default = 22
}
