#!/usr/bin/env bash
# The log agent, from the package that was built beside this image. It needs no repository.
set -euo pipefail
folder=${STACK_FILES:-/tmp/stack}
shopt -s nullglob
if command -v dnf >/dev/null; then
  packages=("$folder"/ecs-logs*.rpm)
  [ ${#packages[@]} -eq 1 ] || { echo "install-ecs-logs: $folder holds ${#packages[@]} .rpm of ecs-logs, one is needed: set ecs_logs_package" >&2; exit 1; }
  dnf --assumeyes --quiet --disablerepo='*' install "${packages[0]}"
else
  packages=("$folder"/ecs-logs*.deb)
  [ ${#packages[@]} -eq 1 ] || { echo "install-ecs-logs: $folder holds ${#packages[@]} .deb of ecs-logs, one is needed: set ecs_logs_package" >&2; exit 1; }
  dpkg --install "${packages[0]}" >/dev/null
fi
