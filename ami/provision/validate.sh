#!/usr/bin/env bash
# Is everything in the image that a cluster counts on? All that is wrong is said at once. Writes /etc/stack-release.
set -uo pipefail
problems=()
check() { # what, command…
  local what=$1
  shift
  "$@" >/dev/null 2>&1 || problems+=("$what")
}
same_setting() { systemd-analyze cat-config systemd/journald.conf 2>/dev/null | grep --quiet --line-regexp "$1"; }
daemon_json() {
  # Docker before 23 cannot validate a file by itself; what is wrong shows at its first start then.
  ! dockerd --help | grep --quiet -- --validate || dockerd --validate --config-file=/etc/docker/daemon.json
}
no_listener() { ! grep --quiet --extended-regexp '"hosts"|tcp://' /etc/docker/daemon.json; }

check "docker is not installed" command -v dockerd
check "docker.service is not enabled" systemctl is-enabled --quiet docker.service
check "/etc/docker/daemon.json is no JSON that dockerd accepts" daemon_json
check "docker listens on the network" no_listener
check "ecs-logs does not run: $(ecs-logs --version 2>&1 | tail -n 1)" ecs-logs --version
check "ecs-logs.service is not enabled" systemctl is-enabled --quiet ecs-logs.service
check "ecs-logs.service does not verify" systemd-analyze verify --man=no ecs-logs.service
check "journald has a rate limit: lines would be dropped" same_setting RateLimitIntervalSec=0
check "journald is not persistent" same_setting Storage=persistent
check "journald has no size limit" same_setting SystemMaxUse=2G
check "the agent does not announce the journald driver" grep --quiet '"journald"' /var/lib/ecs/ecs.config
check "the dynamic port range is not pinned" grep --quiet --line-regexp ECS_DYNAMIC_HOST_PORT_RANGE=32768-60999 /var/lib/ecs/ecs.config
agent=none
if command -v dnf >/dev/null; then
  check "ecs.service is not enabled" systemctl is-enabled --quiet ecs.service
  agent=$(rpm --query --queryformat '%{VERSION}' ecs-init 2>/dev/null || echo none)
  [ "$agent" != none ] || problems+=("ecs-init is not installed")
fi

if [ ${#problems[@]} -gt 0 ]; then
  printf 'validate: %s\n' "${problems[@]}" >&2
  exit 1
fi

# shellcheck source=/dev/null
system=$(. /etc/os-release && echo "${PRETTY_NAME:-$ID}")
cat >/etc/stack-release <<RELEASE
system=$system
kernel=$(find /lib/modules -mindepth 1 -maxdepth 1 -printf '%f\n' | sort --version-sort | tail -n 1)
docker=$(dockerd --version | sed 's/^Docker version \([^,]*\),.*/\1/')
ecs-agent=$agent
ecs-logs=$(ecs-logs --version | awk '{print $NF}')
systemd=$(systemctl --version | awk 'NR == 1 {print $2}')
RELEASE
echo "validate: all well"
cat /etc/stack-release
