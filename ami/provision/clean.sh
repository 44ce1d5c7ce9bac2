#!/usr/bin/env bash
# Takes away what belongs to the machine that built: identity, keys, history, logs. Checks that it is gone.
set -euo pipefail

if command -v dnf >/dev/null; then dnf --quiet clean all; fi
if command -v apt-get >/dev/null; then apt-get clean && rm -rf /var/lib/apt/lists/*; fi
if command -v cloud-init >/dev/null; then cloud-init clean --logs --seed; fi

systemctl stop ecs-logs.service ecs.service 2>/dev/null || true
rm -rf /tmp/stack /var/lib/private/ecs-logs /var/lib/ecs-logs /var/lib/ecs/data/* /var/log/ecs/*
rm -f /etc/ssh/ssh_host_* /var/lib/systemd/random-seed /var/lib/dbus/machine-id
find /root /home -maxdepth 3 \( -name authorized_keys -o -name '.*_history' -o -name known_hosts \) -delete
find /var/log -type f -not -path '/var/log/journal/*' -exec truncate --size=0 {} +
# Journald lets go of the disk first; else it would write a last file when the machine goes down.
journalctl --relinquish-var 2>/dev/null || true
rm -rf /var/log/journal/*
mkdir -p /var/log/journal
# Empty, not absent: the first boot makes a new one.
: >/etc/machine-id

left=$(find /root /home -maxdepth 3 \( -name authorized_keys -o -name '.*_history' \); find /etc/ssh -name 'ssh_host_*'; find /var/log/journal -type f; [ ! -s /etc/machine-id ] || echo /etc/machine-id)
[ -z "$left" ] || { printf 'clean: still there: %s\n' $left >&2; exit 1; }
sync
