#!/usr/bin/env bash
# Lays the files of rootfs/ where they belong, owned by root, readable by all.
set -euo pipefail
source=${STACK_FILES:-/tmp/stack}/rootfs
[ -d "$source" ] || { echo "install-rootfs: $source is missing: was it uploaded?" >&2; exit 1; }
chown --recursive root:root "$source"
find "$source" -type d -exec chmod 755 {} +
find "$source" -type f -exec chmod 644 {} +
cp --recursive --preserve=mode,ownership --no-target-directory "$source" /
