# An Aurora cluster with a mocked provider.
mock_provider "aws" {
  source = "../../tests/mocks"

  mock_resource "aws_rds_cluster" {
    defaults = {
      endpoint           = "orders.cluster-abc.us-west-2.rds.amazonaws.com"
      reader_endpoint    = "orders.cluster-ro-abc.us-west-2.rds.amazonaws.com"
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:us-west-2:111122223333:secret:rds!cluster-1-AbCdEf" }]
    }
  }
}

variables {
  name = "orders"
  stack = {
    name                          = "shop"
    environment                   = "prod"
    vpc_id                        = "vpc-00000000000000001"
    internal_subnets              = ["subnet-1", "subnet-2"]
    ecs_cluster_security_group_id = "sg-cluster"
    zone_id                       = "Z1"
    domain_name                   = "stack.local"
  }
}

run "B21_it_has_names_in_the_stacks_zone" {
  command = apply
  assert {
    condition     = toset([for r in aws_route53_record.db : r.name]) == toset(["db.stack.local", "db-ro.stack.local"]) && output.url == "postgres://orders@db.stack.local:5432/orders"
    error_message = output.url
  }
  assert {
    condition     = aws_rds_cluster.db.manage_master_user_password && aws_rds_cluster.db.storage_encrypted && aws_rds_cluster.db.deletion_protection && !aws_rds_cluster.db.skip_final_snapshot
    error_message = "As safe as module rds."
  }
  assert {
    condition     = contains([for p in aws_rds_cluster_parameter_group.db.parameter : "${p.name}=${p.value}"], "rds.force_ssl=1") && aws_rds_cluster_parameter_group.db.family == "aurora-postgresql17"
    error_message = "TLS only."
  }
}

run "it_follows_the_load" {
  command = plan
  assert {
    condition     = one(aws_rds_cluster.db.serverlessv2_scaling_configuration).min_capacity == 0.5 && one(aws_rds_cluster.db.serverlessv2_scaling_configuration).max_capacity == 4 && aws_rds_cluster_instance.db["1"].instance_class == "db.serverless"
    error_message = "Serverless v2."
  }
}

run "machines_of_a_fixed_size" {
  command = plan
  variables {
    instance_class = "db.r7g.large"
    instance_count = 2
  }
  assert {
    condition     = length(aws_rds_cluster.db.serverlessv2_scaling_configuration) == 0 && length(aws_rds_cluster_instance.db) == 2
    error_message = "Two machines."
  }
}

run "aurora_mysql" {
  command = plan
  variables {
    engine         = "aurora-mysql"
    engine_version = "8.0.mysql_aurora.3.08.0"
  }
  assert {
    condition     = aws_rds_cluster_parameter_group.db.family == "aurora-mysql8.0" && aws_rds_cluster.db.port == 3306
    error_message = aws_rds_cluster_parameter_group.db.family
  }
}

run "refuses_an_engine_of_module_rds" {
  command = plan
  variables { engine = "postgres" }
  expect_failures = [var.engine]
}

run "refuses_a_version_of_the_other_engine" {
  command = plan
  variables { engine_version = "8.0.mysql_aurora.3.08.0" }
  expect_failures = [var.engine_version]
}

run "refuses_a_third_of_a_unit" {
  command = plan
  variables { capacity = { min = 0.3 } }
  expect_failures = [var.capacity]
}

run "refuses_no_machine" {
  command = plan
  variables { instance_count = 0 }
  expect_failures = [var.instance_count]
}

run "refuses_a_url_as_name" {
  command = plan
  variables { dns_name = "db.stack.local" }
  expect_failures = [var.dns_name]
}

run "refuses_no_backups" {
  command = plan
  variables { backup_retention_period = 0 }
  expect_failures = [var.backup_retention_period]
}

run "refuses_no_network" {
  command = plan
  variables { stack = {} }
  expect_failures = [var.vpc_id, var.subnet_ids]
}

run "refuses_a_name_with_an_underscore" {
  command = plan
  variables {
    name = "my_db"
  }
  expect_failures = [var.name]
}

run "refuses_windows_in_words" {
  command = plan
  variables {
    backup_window      = "at night"
    maintenance_window = "on sunday"
  }
  expect_failures = [var.backup_window, var.maintenance_window]
}

run "refuses_a_database_with_a_dash" {
  command = plan
  variables {
    database = "my-db"
  }
  expect_failures = [var.database]
}

run "refuses_a_machine_of_ec2" {
  command = plan
  variables {
    instance_class = "r7g.large"
  }
  expect_failures = [var.instance_class]
}

run "refuses_a_low_port" {
  command = plan
  variables {
    port = 80
  }
  expect_failures = [var.port]
}

run "refuses_a_user_that_rds_keeps" {
  command = plan
  variables {
    username = "rdsadmin"
  }
  expect_failures = [var.username]
}

run "refuses_a_name_too_long_for_a_user" {
  command = plan
  variables {
    name = "a-long-name-for-a-database"
  }
  expect_failures = [var.username]
}
