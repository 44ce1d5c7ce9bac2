# How containers log is decided once: an image that is published later moves nobody's services by surprise.

# Looked up by path, for a parameter that is missing would be an error: nobody need have built our image.
data "aws_ssm_parameters_by_path" "images" {
  path            = "/stack/ami/ecs"
  with_decryption = false
}

locals {
  architecture    = can(regex("^(a1|[a-z]+[0-9]+g[a-z]*)[.]", local.instance_types[0])) ? "arm64" : "x86_64"
  image_parameter = "/stack/ami/ecs/${local.architecture}"

  # Our image, by hand or as ami/ publishes it. AWS's own parameters name images without the agent.
  image_by_hand   = var.ami_ssm_parameter != null && !startswith(coalesce(var.ami_ssm_parameter, "/"), "/aws/")
  image_published = var.ami_id == null && var.ami_ssm_parameter == null && contains(data.aws_ssm_parameters_by_path.images.names, local.image_parameter)
  agent_at_hand   = local.image_by_hand || local.image_published || var.ecs_logs_package != null

  # Read from input, which is known at plan; output would not be at the first one.
  logs = var.logs == "auto" ? terraform_data.logs.input : var.logs

  # What is named by hand beats what is found; an image given by its id is taken to hold the agent when logs = "ecs-logs" says so.
  ecs_logs = (
    local.logs == "awslogs" ? "none" :
    var.ecs_logs_package != null ? "package" :
    "image"
  )

  ami_ssm_parameter = (
    var.ami_id != null ? null :
    var.ami_ssm_parameter != null ? var.ami_ssm_parameter :
    local.ecs_logs == "image" ? local.image_parameter :
    null
  )
}

resource "terraform_data" "logs" {
  input = var.logs != "auto" ? var.logs : local.agent_at_hand ? "ecs-logs" : "awslogs"

  lifecycle {
    ignore_changes = [input]
  }
}

# Beside the decision, for that must not be replaced or read again by a fault found here.
resource "terraform_data" "logs_possible" {
  lifecycle {
    precondition {
      condition     = local.logs == "awslogs" || local.agent_at_hand || var.ami_id != null
      error_message = "Containers log by ecs-logs${var.logs == "auto" ? ", as decided at the first apply," : ""} but neither an image nor a package with it is there now: publish the image as ${local.image_parameter}, set ami_ssm_parameter, ami_id or ecs_logs_package, or move to logs = \"awslogs\"."
    }

    precondition {
      condition     = !(local.logs == "ecs-logs" && var.ecs_logs_package == null && startswith(coalesce(var.ami_ssm_parameter, "/"), "/aws/"))
      error_message = "ami_ssm_parameter names an image of AWS, which has no ecs-logs: set ecs_logs_package too, or logs = \"awslogs\"."
    }
  }
}

check "logs" {
  assert {
    condition = var.logs != "auto" || local.logs == "ecs-logs"
    error_message = (
      local.agent_at_hand
      ? "logs: awslogs is in force, as decided at the first apply. There is ecs-logs at hand now: set logs = \"ecs-logs\" to move to it, or logs = \"awslogs\" to say that it stays."
      : "logs: awslogs is in force, for there was neither an image nor a package of ecs-logs. To log by ecs-logs set ecs_logs_package, or publish the image of ami/ as ${local.image_parameter}, and set logs = \"ecs-logs\"; to say that it stays set logs = \"awslogs\"."
    )
  }
}
