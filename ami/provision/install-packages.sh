#!/usr/bin/env bash
# Docker and what it needs, by the distribution's own packages; on the ECS-optimised base they are there already.
set -euo pipefail

want_dnf=(docker ecs-init)
want_apt=(docker.io apparmor ca-certificates)

retry() {
  local attempt
  for attempt in 1 2 3; do
    "$@" && return
    [ "$attempt" = 3 ] || sleep $((attempt * 5))
  done
  echo "install-packages: failed three times: $*" >&2
  return 1
}

if command -v dnf >/dev/null; then
  missing=()
  for package in "${want_dnf[@]}"; do rpm --query --quiet "$package" || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] || retry dnf --assumeyes --quiet install "${missing[@]}"
elif command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  missing=()
  for package in "${want_apt[@]}"; do dpkg --status "$package" >/dev/null 2>&1 || missing+=("$package"); done
  if [ ${#missing[@]} -gt 0 ]; then
    retry apt-get --quiet=2 update
    retry apt-get --quiet=2 install --yes --no-install-recommends "${missing[@]}" >/dev/null
  fi
else
  echo "install-packages: neither dnf nor apt-get: this base image is not supported" >&2
  exit 1
fi
