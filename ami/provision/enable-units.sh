#!/usr/bin/env bash
# What runs from the first boot on. Nothing is started here: the image is not the machine.
set -euo pipefail
systemctl enable --quiet docker.service ecs-logs.service
# Only the ECS-optimised base has the agent; the Debian double has none, and validate.sh knows.
if systemctl list-unit-files ecs.service --quiet --no-legend 2>/dev/null | grep --quiet '^ecs\.service'; then
  systemctl enable --quiet ecs.service
fi
# Containers may be placed before the first login; swap, core dumps and automatic updates only disturb them.
for unit in apt-daily.timer apt-daily-upgrade.timer; do
  if systemctl list-unit-files "$unit" --quiet --no-legend 2>/dev/null | grep --quiet "^$unit"; then systemctl mask --quiet "$unit"; fi
done
