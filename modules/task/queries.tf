# Questions that everyone asks of a service's logs, ready in Logs Insights under its log group's name.
locals {
  # ecs-logs writes each line as JSON with level and message; a plain line is found by its words.
  queries = {
    errors               = "fields @timestamp, level, message, @logStream\n| filter level in [\"ERROR\", \"CRIT\", \"ALERT\", \"EMERG\", \"error\", \"fatal\", \"panic\"] or @message like /(?i)\\b(error|exception|panic|fatal)\\b/\n| sort @timestamp desc\n| limit 200"
    "latest lines"       = "fields @timestamp, coalesce(message, @message) as line, @logStream\n| sort @timestamp desc\n| limit 200"
    "lines by level"     = "stats count(*) as lines by coalesce(level, \"none\") as severity, bin(5m)"
    "lines by container" = "stats count(*) as lines, max(@timestamp) as last by @logStream\n| sort lines desc"
  }
}

resource "aws_cloudwatch_query_definition" "task" {
  for_each = length(local.log_groups) == 0 ? {} : local.queries

  name            = "${trimprefix(local.log_group, "/")}/${each.key}"
  log_group_names = [for group in aws_cloudwatch_log_group.task : group.name]
  query_string    = each.value
}
