"""Runs inside the agent's sandbox: tries what each directive is to prevent, and what the agent cannot do without.

Prints a JSON object: what was tried, and whether it went ("done") or how it failed. Where nothing prevents them the
attempts harm nothing: they set what is so already, or take it back."""

import errno
import glob
import json
import mmap
import os
import socket
import subprocess
import tempfile


def write(path, text=""):
    """Into a file that is there, or into one that is removed again."""
    there = os.path.exists(path)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    if not there:
        os.remove(path)


def read(path):
    with open(path, "rb") as file:
        return file.read(4096).decode(errors="replace")


def setuid_file():
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0o4755)


def system(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(errno.EPERM, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}")


def cgroup():
    os.mkdir("/sys/fs/cgroup/probe")
    os.rmdir("/sys/fs/cgroup/probe")


SYSCTL = "/proc/sys/net/ipv4/ip_default_ttl"
NEEDED = {
    "the boot's id": lambda: read("/proc/sys/kernel/random/boot_id"),
    "the system's journal": lambda: read(glob.glob("/var/log/journal/*/system.journal")[0]),
    "its state directory": lambda: write(os.environ["STATE_DIRECTORY"] + "/probe"),
    "a /tmp": lambda: write("/tmp/probe"),
    "TCP": lambda: socket.socket(socket.AF_INET).close(),
    "IPv6": lambda: socket.socket(socket.AF_INET6).close(),
    "its own /proc": lambda: read("/proc/self/status"),
    "certificates": lambda: read("/etc/ssl/certs/ca-certificates.crt"),
}
PREVENTED = {
    "CapabilityBoundingSet": lambda: os.chown("/etc/hostname", 0, 0),
    "DynamicUser": lambda: read("/etc/shadow"),
    "LockPersonality": lambda: system("setarch", "--addr-no-randomize", "true"),
    "MemoryDenyWriteExecute": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC),
    "PrivateDevices": lambda: read("/dev/of-the-host"),
    "PrivateTmp": lambda: read("/tmp/of-the-host"),
    "ProtectClock": lambda: system("date", "--set=now"),
    "ProtectControlGroups": cgroup,
    "ProtectHome": lambda: os.listdir("/root"),
    "ProtectHostname": lambda: socket.sethostname(socket.gethostname()),
    "ProtectKernelLogs": lambda: system("dmesg", "--syslog"),
    "ProtectKernelTunables": lambda: write(SYSCTL, read(SYSCTL)),
    "ProtectProc": lambda: read("/proc/1/status"),
    "ProtectSystem": lambda: write("/etc/probe"),
    "RestrictAddressFamilies": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
    "RestrictNamespaces": lambda: system("unshare", "--user", "true"),
    "RestrictRealtime": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "RestrictSUIDSGID": setuid_file,
    "SystemCallFilter": lambda: os.nice(1),
}


def outcome(attempt):
    try:
        attempt()
        return "done"
    except (OSError, IndexError) as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    print(json.dumps({name: outcome(attempt) for name, attempt in {**NEEDED, **PREVENTED}.items()}))
