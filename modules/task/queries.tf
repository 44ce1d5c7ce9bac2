# Questions that everyone asks of a service's logs, ready in Logs Insights under its log group's name.
locals {
  # ecs-logs writes each line as JSON with level and message; a plain line is found by its words.
  queries = {
    errors = <<-EOT
      fields @timestamp, level, message, @logStream
      | filter level in ["EMERG", "ALERT", "CRIT", "ERROR"] or @message like /(?i)\b(error|exception|panic|fatal)\b/
      | sort @timestamp desc
      | limit 200
    EOT

    "latest lines" = <<-EOT
      fields @timestamp, coalesce(message, @message) as line, @logStream
      | sort @timestamp desc
      | limit 200
    EOT

    "lines by level" = <<-EOT
      fields coalesce(level, "none") as severity
      | stats count(*) as lines by severity, bin(5m)
    EOT

    "lines by container" = <<-EOT
      stats count(*) as lines, max(@timestamp) as newest by @logStream
      | sort lines desc
    EOT
  }
}

resource "aws_cloudwatch_query_definition" "task" {
  for_each = length(local.log_groups) == 0 ? {} : local.queries

  name            = "${trimprefix(local.log_group, "/")}/${each.key}"
  log_group_names = [for group in aws_cloudwatch_log_group.task : group.name]
  query_string    = trimspace(each.value)
}
