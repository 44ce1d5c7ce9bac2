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
ECS_IMAGE_PULL_BEHAVIOR=prefer-cached
END_OF_ECS_CONFIG

# No group is made by the agent: Terraform makes them, with their retention.
install --directory /etc/ecs-logs
cat > /etc/ecs-logs/environment <<'END_OF_ENVIRONMENT' || complain "cannot write /etc/ecs-logs/environment"
AWS_REGION=us-west-2
ECS_LOGS_CREATE_GROUPS=false
END_OF_ENVIRONMENT

# All containers write through one unit, so journald's limit for a unit would drop the lines of the busiest moment.
install --directory /etc/systemd/journald.conf.d
cat > /etc/systemd/journald.conf.d/60-stack-user-data.conf <<'END_OF_JOURNALD' || complain "cannot write journald's limits"
[Journal]
Storage=persistent
SystemMaxUse=1G
RateLimitIntervalSec=0
RateLimitBurst=0
END_OF_JOURNALD
systemctl restart systemd-journald.service || complain "cannot restart journald: it may drop lines until the next start"

echo 'ECS_INSTANCE_ATTRIBUTES={"disk":"ssd"}' >> /etc/ecs/ecs.config

# The package is installed beside everything else, as often as it takes: the instance joins without waiting for it,
# and tasks that log through journald come once the agent runs. Meanwhile nothing is lost: the journal keeps it.
cat > /usr/local/sbin/stack-install-ecs-logs <<'END_OF_INSTALL'
#!/bin/bash
set -euo pipefail

url='https://downloads.example.com/ecs-logs-1.0.0-1.x86_64.rpm'
sha256='1111111111111111111111111111111111111111111111111111111111111111'
file=/var/cache/stack/"$(basename "$url")"

if ! systemctl is-active --quiet ecs-logs.service; then
  install --directory /var/cache/stack
  curl --fail --silent --show-error --location --proto '=https' --retry 3 --max-time 300 --output "$file" "$url" || {
    echo "stack: cannot download ecs-logs from $url: trying again in 30 s; until then no task that logs through journald is placed here" >&2
    exit 1
  }
  echo "$sha256  $file" | sha256sum --check --status || {
    echo "stack: $url has another SHA-256 than ecs_logs_package.sha256 ($sha256): $(sha256sum "$file"); it is not installed" >&2
    rm --force "$file"
    exit 1
  }
  case "$file" in
    *.rpm) dnf install --assumeyes "$file" ;;
    *.deb) apt-get install --assume-yes "$file" ;;
  esac
  rm --force "$file"
  systemctl enable --now ecs-logs.service
fi

# Said to ECS only now, when it is true.
instance=
until [ -n "$instance" ]; do
  instance=$(curl --silent --max-time 5 http://127.0.0.1:51678/v1/metadata | sed --quiet 's/.*"ContainerInstanceArn": *"\([^"]*\)".*/\1/p') || true
  [ -n "$instance" ] || sleep 3
done
command -v aws > /dev/null || dnf install --assumeyes awscli-2
aws ecs put-attributes --region 'us-west-2' --cluster 'segment-prod' --attributes "name=stack.ecs-logs,value=1,targetType=container-instance,targetId=$instance" > /dev/null
echo "stack: ecs-logs runs on $instance"
END_OF_INSTALL
chmod 755 /usr/local/sbin/stack-install-ecs-logs

cat > /etc/systemd/system/stack-install-ecs-logs.service <<'END_OF_UNIT'
[Unit]
Description=Install ecs-logs, then tell ECS that this instance has it
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/stack-install-ecs-logs
Restart=on-failure
RestartSec=30
StandardOutput=journal+console
StandardError=journal+console

[Install]
WantedBy=multi-user.target
END_OF_UNIT
systemctl daemon-reload
systemctl enable stack-install-ecs-logs.service || complain "cannot enable the installation of ecs-logs"
systemctl start --no-block stack-install-ecs-logs.service || complain "cannot start the installation of ecs-logs"

cat > /run/stack-extra-user-data <<'END_OF_EXTRA_USER_DATA'
echo $HOSTNAME > /etc/motd
END_OF_EXTRA_USER_DATA
bash /run/stack-extra-user-data || complain "extra_user_data failed with status $?"

# What failed has been said; cloud-init need not count the start as failed.
exit 0
