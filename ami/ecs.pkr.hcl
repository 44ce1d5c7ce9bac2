# The cluster's image: the only list of steps, so the only order. Stays within what Packer 1.6.6 knows; what newer ones want is in plugins/.

locals {
  stamp = formatdate("YYYYMMDDhhmmss", timestamp())
}

source "amazon-ebs" "ecs" {
  region        = var.region
  instance_type = var.instance_type
  subnet_id     = var.subnet_id

  source_ami_filter {
    filters = {
      name                = var.source_ami_name
      architecture        = var.architecture
      virtualization-type = "hvm"
      root-device-type    = "ebs"
    }
    owners      = ["amazon"]
    most_recent = true
  }

  ami_name        = "${var.name}-${var.architecture}-${local.stamp}"
  ami_description = "ECS container instance with Docker, the ECS agent and ecs-logs ${var.ecs_logs_version}"
  ena_support     = true

  launch_block_device_mappings {
    device_name           = var.root_device
    volume_size           = var.root_volume_size
    volume_type           = "gp3"
    iops                  = 3000
    throughput            = 125
    encrypted             = true
    kms_key_id            = var.kms_key_id
    delete_on_termination = true
  }

  run_tags = {
    Name = "${var.name}-build"
  }

  tags = {
    Name                    = "${var.name}-${var.architecture}-${local.stamp}"
    "stack:architecture"    = var.architecture
    "stack:built"           = local.stamp
    "stack:ecs-logs"        = var.ecs_logs_version
    "stack:source-ami"      = "{{ .SourceAMI }}"
    "stack:source-ami-name" = "{{ .SourceAMIName }}"
  }

  ssh_username = var.ssh_username
  ssh_timeout  = "5m"

  custom_endpoint_ec2        = var.ec2_endpoint
  skip_region_validation     = var.ec2_endpoint != ""
  skip_credential_validation = var.ec2_endpoint != ""
  skip_metadata_api_check    = var.ec2_endpoint != ""
  ssh_host                   = var.ssh_host
  ssh_port                   = var.ssh_port
}

build {
  sources = ["source.amazon-ebs.ecs"]

  provisioner "shell" {
    inline = ["mkdir -p /tmp/stack"]
  }

  provisioner "file" {
    source      = "${path.root}/rootfs"
    destination = "/tmp/stack"
  }

  provisioner "file" {
    source      = var.ecs_logs_package
    destination = "/tmp/stack/"
  }

  provisioner "shell" {
    execute_command = "chmod +x {{ .Path }}; sudo --non-interactive env {{ .Vars }} bash {{ .Path }}"
    scripts = [
      "${path.root}/provision/install-packages.sh",
      "${path.root}/provision/install-rootfs.sh",
      "${path.root}/provision/install-ecs-logs.sh",
      "${path.root}/provision/enable-units.sh",
      "${path.root}/provision/validate.sh",
    ]
  }

  # What is inside, for the tags that the publish tool adds; known only now.
  provisioner "file" {
    direction   = "download"
    source      = "/etc/stack-release"
    destination = "${var.build_folder}/stack-release"
  }

  # Last, for without authorized_keys nobody can log in again.
  provisioner "shell" {
    execute_command = "chmod +x {{ .Path }}; sudo --non-interactive env {{ .Vars }} bash {{ .Path }}"
    script          = "${path.root}/provision/clean.sh"
  }

  post-processor "manifest" {
    output     = "${var.build_folder}/manifest.json"
    strip_path = true
  }
}
