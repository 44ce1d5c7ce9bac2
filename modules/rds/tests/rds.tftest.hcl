# A database with a mocked provider: safety by default, and each refusal.
mock_provider "aws" {
  source = "../../tests/mocks"

  mock_resource "aws_db_instance" {
    defaults = {
      address            = "orders.abc.us-west-2.rds.amazonaws.com"
      endpoint           = "orders.abc.us-west-2.rds.amazonaws.com:5432"
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:us-west-2:111122223333:secret:rds!db-1-AbCdEf" }]
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
  }
}

run "B21_the_stack_is_all_it_needs" {
  command = apply
  assert {
    condition     = aws_db_instance.db.identifier == "shop-prod-orders" && aws_db_subnet_group.db.subnet_ids == toset(["subnet-1", "subnet-2"]) && aws_security_group.db.vpc_id == "vpc-00000000000000001"
    error_message = "Network and name are the stack's."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.group["0"].referenced_security_group_id == "sg-cluster" && aws_vpc_security_group_ingress_rule.group["0"].from_port == 5432 && length(aws_vpc_security_group_ingress_rule.cidr) == 0
    error_message = "Only the cluster comes in."
  }
}

run "it_is_encrypted_private_and_speaks_tls" {
  command = plan
  assert {
    condition     = aws_db_instance.db.storage_encrypted && !aws_db_instance.db.publicly_accessible && contains([for p in aws_db_parameter_group.db.parameter : "${p.name}=${p.value}"], "rds.force_ssl=1")
    error_message = "Encrypted, private, TLS."
  }
}

run "no_password_is_in_the_plan_or_an_output" {
  command = apply
  assert {
    condition     = aws_db_instance.db.manage_master_user_password && aws_db_instance.db.password == null
    error_message = "Secrets Manager makes and keeps the password."
  }
  assert {
    condition     = output.url == "postgres://orders@orders.abc.us-west-2.rds.amazonaws.com:5432/orders" && output.password_secret == "arn:aws:secretsmanager:us-west-2:111122223333:secret:rds!db-1-AbCdEf:password::"
    error_message = "The URL has no password, the secret only its ARN."
  }
}

run "it_is_protected_unless_the_stack_may_go" {
  command = plan
  assert {
    condition     = aws_db_instance.db.deletion_protection && !aws_db_instance.db.skip_final_snapshot
    error_message = "Protected."
  }
}

run "force_destroy_lets_it_go" {
  command = plan
  variables {
    stack = { name = "shop", environment = "dev", vpc_id = "vpc-1", internal_subnets = ["subnet-1", "subnet-2"], ecs_cluster_security_group_id = "sg-1", force_destroy = true }
  }
  assert {
    condition     = !aws_db_instance.db.deletion_protection && aws_db_instance.db.skip_final_snapshot
    error_message = "Not protected."
  }
}

run "mysql_speaks_tls_too" {
  command = plan
  variables {
    engine               = "mysql"
    engine_version       = "8.4"
    performance_insights = false
  }
  assert {
    condition     = aws_db_parameter_group.db.family == "mysql8.4" && aws_db_instance.db.port == 3306 && contains([for p in aws_db_parameter_group.db.parameter : "${p.name}=${p.value}"], "require_secure_transport=ON")
    error_message = "MySQL."
  }
}

run "its_logs_are_kept_for_a_while_and_not_for_ever" {
  command = plan
  assert {
    condition     = aws_cloudwatch_log_group.db["postgresql"].retention_in_days == 30
    error_message = "Retention."
  }
}

run "refuses_a_name_with_an_underscore" {
  command = plan
  variables { name = "my_db" }
  expect_failures = [var.name]
}

run "refuses_an_engine_it_knows_not" {
  command = plan
  variables { engine = "aurora" }
  expect_failures = [var.engine]
}

run "refuses_a_version_in_words" {
  command = plan
  variables { engine_version = "latest" }
  expect_failures = [var.engine_version]
}

run "refuses_a_machine_of_ec2" {
  command = plan
  variables { instance_class = "t4g.micro" }
  expect_failures = [var.instance_class]
}

run "refuses_a_database_with_a_dash" {
  command = plan
  variables { database = "my-db" }
  expect_failures = [var.database]
}

run "refuses_a_user_that_rds_keeps" {
  command = plan
  variables { username = "rdsadmin" }
  expect_failures = [var.username]
}

run "refuses_a_name_too_long_for_a_user" {
  command = plan
  variables { name = "a-long-name-for-a-database" }
  expect_failures = [var.username]
}

run "refuses_a_low_port" {
  command = plan
  variables { port = 80 }
  expect_failures = [var.port]
}

run "refuses_magnetic_storage" {
  command = plan
  variables { storage_type = "standard" }
  expect_failures = [var.storage_type]
}

run "refuses_too_little_storage" {
  command = plan
  variables { allocated_storage = 5 }
  expect_failures = [var.allocated_storage]
}

run "refuses_to_grow_downwards" {
  command = plan
  variables { max_allocated_storage = 20 }
  expect_failures = [var.max_allocated_storage]
}

run "refuses_backups_for_a_year" {
  command = plan
  variables { backup_retention_period = 365 }
  expect_failures = [var.backup_retention_period]
}

run "refuses_a_window_in_words" {
  command = plan
  variables {
    backup_window      = "at night"
    maintenance_window = "on sunday"
  }
  expect_failures = [var.backup_window, var.maintenance_window]
}

run "refuses_monitoring_every_two_seconds" {
  command = plan
  variables {
    monitoring_interval = 2
    monitoring_role_arn = "arn:aws:iam::111122223333:role/m"
  }
  expect_failures = [var.monitoring_interval]
}

run "refuses_monitoring_without_a_role" {
  command = plan
  variables { monitoring_interval = 60 }
  expect_failures = [var.monitoring_role_arn]
}

run "refuses_insights_where_there_are_none" {
  command = plan
  variables {
    engine         = "mysql"
    engine_version = "8.4"
  }
  expect_failures = [var.performance_insights]
}

run "refuses_the_world" {
  command = plan
  variables { ingress_allow_cidr_blocks = ["0.0.0.0/0"] }
  expect_failures = [var.ingress_allow_cidr_blocks]
}

run "refuses_no_network" {
  command = plan
  variables { stack = {} }
  expect_failures = [var.vpc_id, var.subnet_ids]
}
