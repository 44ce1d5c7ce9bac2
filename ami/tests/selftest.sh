#!/bin/sh
# Runs in the booted image, one phase a boot: 1 containers of every kind, then an orderly reboot in a burst;
# 2 a burst in which the host pulls the plug; 3 two hundred thousand lines under the unit's memory limit, then power-off.
set -eu
state=/var/lib/selftest
mkdir -p $state
phase=$(($(cat $state/phase 2>/dev/null || echo 0) + 1))
echo $phase >$state/phase
say() { echo "SELFTEST $*" >/dev/console; }
share=/usr/local/share/selftest
# container NAME GROUP WHAT-OF-DOCKER-RUN…: as ECS starts it for a task of our modules.
container() {
  name=$1 tag=$2
  shift 2
  docker run --net="${net:-none}" --name "$name" --log-driver=journald --log-opt "tag=$tag" --log-opt "labels=$(cat $share/labels)" \
    --label com.amazonaws.ecs.cluster=selftest --label "com.amazonaws.ecs.task-arn=arn:aws:ecs:us-west-2:1:task/selftest/$name" "$@"
}
# pingdummy PROGRAM …: one of its programs, with the machine's Python; all in one network, as containers of one task.
pingdummy() {
  program=$1
  shift
  container "ecs-pingdummy-$program-1" "/pingdummy/prod/$program" -d --volume /usr:/usr:ro --volume $share/pingdummy:/app:ro --workdir /app "$@" bb:1 python3 "$program.py" >/dev/null
}

say "phase $phase, ecs-logs $(systemctl is-active ecs-logs), docker $(systemctl is-active docker), failed: $(systemctl --failed --no-legend --plain | awk '{print $1; n++} END {if (!n) print "none"}' | paste -s -d ' ')"
case $phase in
  1)
    docker import $share/busybox.tar bb:1 >/dev/null
    pingdummy beacon
    net=container:ecs-pingdummy-beacon-1
    pingdummy frontend --env BEACON_URL=http://127.0.0.1:3001
    pingdummy worker --env BEACON_URL=http://127.0.0.1:3001 --env INTERVAL_SECONDS=1
    net=none
    container ecs-web-1 /stack/test/web bb:1 sh -c 'for n in 1 2 3 4 5; do echo "plain id=web1-$n"; done; printf "{\"level\":\"WARN\",\"message\":\"json id=web1-6\",\"data\":{\"n\":1}}\n"; echo "stderr id=web1-7" >&2' &
    container ecs-web-2 /stack/test/web bb:1 sh -c 'for n in 1 2 3 4 5; do echo "plain id=web2-$n"; done' &
    container ecs-long-1 /stack/test/long bb:1 sh -c 'for n in 1 2 3; do printf "id=long-%d " $n; head -c 40000 /dev/zero | tr "\0" x; echo " end"; done' &
    wait
    # Lines that it prints when it is told to end must arrive, too.
    container ecs-last-1 /stack/test/last -d bb:1 sh -c 'trap "echo last id=last-1; echo last id=last-2; exit 0" TERM; while :; do sleep 1; done' >/dev/null
    until docker exec ecs-pingdummy-frontend-1 wget -q -O - http://127.0.0.1:3000/ | grep -q "1 pings"; do sleep 1; done
    container ecs-burst-1 /stack/test/burst -d bb:1 sh -c 'trap "exit 0" TERM; n=0; while :; do n=$((n+1)); echo "burst id=burst1-$n"; done' >/dev/null
    sleep 5
    say "reboot"
    systemctl reboot
    ;;
  2)
    container ecs-burst-2 /stack/test/burst -d bb:1 sh -c 'trap "exit 0" TERM; n=0; while :; do n=$((n+1)); echo "burst id=burst2-$n"; done' >/dev/null
    sleep 5
    # What is on the disk by now is what a hard reset may leave; lines after it may or may not be.
    journalctl --sync
    say "pull the plug"
    sleep 600
    ;;
  3)
    # It stays up until all is written: Docker 20 gives a logger ten seconds after the container's end, then drops what it
    # has in memory, and an emulated machine needs longer.
    container ecs-many-1 /stack/test/many -d bb:1 sh -c 'awk "BEGIN { for (n = 1; n <= 200000; n++) print \"many id=many-\" n }"; sleep 1000' >/dev/null
    while [ "$(journalctl CONTAINER_NAME=ecs-many-1 --lines=1 --output=cat --quiet)" != "many id=many-200000" ]; do sleep 2; done
    docker kill ecs-many-1 >/dev/null
    journalctl --sync
    say "many $(journalctl CONTAINER_NAME=ecs-many-1 --output=cat --quiet | wc -l)"
    cgroup=/sys/fs/cgroup/system.slice/ecs-logs.service
    say "memory-limit $(cat $cgroup/memory.max) peak $(cat $cgroup/memory.peak) restarts $(systemctl show ecs-logs --property=NRestarts --value) kills $(awk '$1 == "oom_kill" {print $2}' $cgroup/memory.events)"
    # It drains: what it has not sent yet goes out now.
    systemctl stop ecs-logs
    say "done"
    systemctl poweroff
    ;;
esac
