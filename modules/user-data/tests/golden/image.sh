#!/bin/bash
# Made by the module user-data: joins the ECS cluster segment-prod. Every step stands alone: one that fails
# says so on the console and in the journal, and the next is tried all the same.
set -uo pipefail
umask 022

complain() {
  echo "stack: $*" >&2
  logger --priority user.err --tag stack -- "$*" || true
}

# The ECS agent starts after this script, so it finds its settings.
install --directory /etc/ecs
cat > /etc/ecs/ecs.config <<'END_OF_ECS_CONFIG' || complain "cannot write /etc/ecs/ecs.config: this instance will not join segment-prod"
ECS_CLUSTER=segment-prod
ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","journald","awslogs","fluentd","syslog","none"]
ECS_AWSVPC_BLOCK_IMDS=true
ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM=ec2_instance
ECS_CONTAINER_STOP_TIMEOUT=30s
ECS_DISABLE_PRIVILEGED=true
ECS_DYNAMIC_HOST_PORT_RANGE=32768-60999
ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true
ECS_ENABLE_CONTAINER_METADATA=true
ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
ECS_ENABLE_TASK_IAM_ROLE=true
ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true
ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=1h
ECS_IMAGE_PULL_BEHAVIOR=default
END_OF_ECS_CONFIG

# No group is made by the agent: Terraform makes them, with their retention.
install --directory /etc/ecs-logs
cat > /etc/ecs-logs/environment <<'END_OF_ENVIRONMENT' || complain "cannot write /etc/ecs-logs/environment"
AWS_REGION=us-west-2
ECS_LOGS_CREATE_GROUPS=false
END_OF_ENVIRONMENT

# Tasks that log through journald ask for the attribute, so it stands only where the agent does. The image has started it
# already: started anew it knows what stands above.
if systemctl enable ecs-logs.service && systemctl restart --no-block ecs-logs.service; then
  echo 'ECS_INSTANCE_ATTRIBUTES={"stack.ecs-logs":"1"}' >> /etc/ecs/ecs.config
else
  complain "this image has no ecs-logs.service: tasks that log through journald are not placed here; build the image with ami/, or set ecs_logs_package or logs = \"awslogs\""
fi

# What failed has been said; cloud-init need not count the start as failed.
exit 0
