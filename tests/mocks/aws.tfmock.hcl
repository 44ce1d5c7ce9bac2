# What a mocked AWS provider answers where a random word would not pass the provider's own checks: ARNs, zones, ids.
# Each module's tests use it by `mock_provider "aws" { source = "../../tests/mocks" }`.

mock_data "aws_availability_zones" {
  defaults = {
    names = ["us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"]
  }
}

mock_data "aws_region" {
  defaults = {
    id   = "us-west-2"
    name = "us-west-2"
  }
}

mock_data "aws_caller_identity" {
  defaults = {
    account_id = "111122223333"
    arn        = "arn:aws:iam::111122223333:user/mock"
  }
}

mock_data "aws_partition" {
  defaults = {
    partition  = "aws"
    dns_suffix = "amazonaws.com"
  }
}

mock_data "aws_ssm_parameter" {
  defaults = {
    insecure_value = "ami-00000000000000001"
    value          = "ami-00000000000000001"
  }
}

# No image of ours is published.
mock_data "aws_ssm_parameters_by_path" {
  defaults = {
    names  = []
    values = []
  }
}

mock_data "aws_elb_service_account" {
  defaults = {
    arn = "arn:aws:iam::797873946194:root"
    id  = "797873946194"
  }
}

mock_data "aws_vpc" {
  defaults = {
    cidr_block = "10.30.0.0/16"
  }
}

mock_resource "aws_vpc" {
  defaults = {
    id              = "vpc-00000000000000001"
    arn             = "arn:aws:ec2:us-west-2:111122223333:vpc/vpc-00000000000000001"
    ipv6_cidr_block = "2001:db8:1200::/56"
  }
}

mock_resource "aws_iam_role" {
  defaults = {
    arn = "arn:aws:iam::111122223333:role/mock"
  }
}

mock_resource "aws_iam_policy" {
  defaults = {
    arn = "arn:aws:iam::111122223333:policy/mock"
  }
}

mock_resource "aws_iam_user" {
  defaults = {
    arn = "arn:aws:iam::111122223333:user/mock"
  }
}

mock_resource "aws_iam_instance_profile" {
  defaults = {
    arn = "arn:aws:iam::111122223333:instance-profile/mock"
  }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = {
    arn = "arn:aws:logs:us-west-2:111122223333:log-group:mock"
  }
}

mock_resource "aws_s3_bucket" {
  defaults = {
    arn = "arn:aws:s3:::mock"
  }
}

mock_resource "aws_kms_key" {
  defaults = {
    arn = "arn:aws:kms:us-west-2:111122223333:key/00000000-0000-0000-0000-000000000001"
  }
}

mock_resource "aws_launch_template" {
  defaults = {
    id             = "lt-00000000000000001"
    latest_version = 1
  }
}

mock_resource "aws_autoscaling_group" {
  defaults = {
    arn = "arn:aws:autoscaling:us-west-2:111122223333:autoScalingGroup:00000000-0000-0000-0000-000000000001:autoScalingGroupName/mock"
  }
}

mock_resource "aws_ecs_cluster" {
  defaults = {
    arn = "arn:aws:ecs:us-west-2:111122223333:cluster/mock"
  }
}

mock_resource "aws_ecs_capacity_provider" {
  defaults = {
    arn = "arn:aws:ecs:us-west-2:111122223333:capacity-provider/mock"
  }
}

mock_resource "aws_ecs_task_definition" {
  defaults = {
    arn                  = "arn:aws:ecs:us-west-2:111122223333:task-definition/mock:1"
    arn_without_revision = "arn:aws:ecs:us-west-2:111122223333:task-definition/mock"
    revision             = 1
  }
}

mock_resource "aws_ecs_service" {
  defaults = {
    id = "arn:aws:ecs:us-west-2:111122223333:service/mock/mock"
  }
}

mock_resource "aws_lb" {
  defaults = {
    arn        = "arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/app/mock/0000000000000001"
    arn_suffix = "app/mock/0000000000000001"
    dns_name   = "mock-1.us-west-2.elb.amazonaws.com"
    zone_id    = "Z1H1FL5HABSF5"
  }
}

mock_resource "aws_lb_target_group" {
  defaults = {
    arn        = "arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/mock/0000000000000001"
    arn_suffix = "targetgroup/mock/0000000000000001"
  }
}

mock_resource "aws_lb_listener" {
  defaults = {
    arn = "arn:aws:elasticloadbalancing:us-west-2:111122223333:listener/app/mock/0000000000000001/0000000000000001"
  }
}

mock_resource "aws_lb_listener_rule" {
  defaults = {
    arn = "arn:aws:elasticloadbalancing:us-west-2:111122223333:listener-rule/app/mock/0000000000000001/0000000000000001/0000000000000001"
  }
}

mock_resource "aws_acm_certificate" {
  defaults = {
    arn = "arn:aws:acm:us-west-2:111122223333:certificate/00000000-0000-0000-0000-000000000001"
  }
}

mock_resource "aws_acm_certificate_validation" {
  defaults = {
    certificate_arn = "arn:aws:acm:us-west-2:111122223333:certificate/00000000-0000-0000-0000-000000000001"
  }
}

mock_resource "aws_sns_topic" {
  defaults = {
    arn = "arn:aws:sns:us-west-2:111122223333:mock"
  }
}

# A computed name would look like a key that somebody chose.
mock_resource "aws_instance" {
  defaults = {
    key_name = ""
  }
}
