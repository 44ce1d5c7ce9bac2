"""The built image in qemu: real kernel, real Docker, the agent as its unit, cloudwatch-local outside the machine.

Everything runs in a network namespace of its own, which has nothing but a loopback."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from harness import AMI, CREDENTIALS, TARGET, end, run, until

PORT = 4586
APPLETS = ["sh", "awk", "sleep", "head", "tr", "echo", "printf"]


def busybox_image(root):
    """A container image of one static binary, made without a registry."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        (tree / "bin").mkdir()
        shutil.copy2(root / "usr/bin/busybox", tree / "bin/busybox")
        for applet in APPLETS:
            (tree / "bin" / applet).symlink_to("busybox")
        for name in ("dev", "proc", "sys", "tmp", "etc"):
            (tree / name).mkdir()
        target = root / "usr/local/share/selftest"
        target.mkdir(parents=True, exist_ok=True)
        run("tar", "--directory", tree, "--create", "--file", target / "busybox.tar", ".")


def prepare_boot(root):
    """What only the test puts into the built image: addresses, credentials as user data would, and the self-test."""
    (root / "etc/fstab").write_text("/dev/vda / ext4 rw,noatime 0 1\n", encoding="utf-8")
    (root / "etc/systemd/network/20-dhcp.network").write_text("[Match]\nName=en*\n[Network]\nDHCP=yes\n", encoding="utf-8")
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    networkd = wants / "systemd-networkd.service"
    if not networkd.is_symlink():
        networkd.symlink_to("/lib/systemd/system/systemd-networkd.service")
    # Without host keys, which cloud-init makes on a real instance, sshd would only fail and fail again.
    (root / "etc/systemd/system/ssh.service").symlink_to("/dev/null")
    write_environment(root, f"http://10.0.2.2:{PORT}")
    busybox_image(root)
    shutil.copy2(AMI / "tests/selftest.sh", root / "usr/local/bin/selftest")
    (root / "etc/systemd/system/selftest.service").write_text(
        "[Unit]\nAfter=multi-user.target docker.service ecs-logs.service systemd-networkd.service\n"
        "[Service]\nType=oneshot\nTimeoutStartSec=infinity\nExecStart=/usr/local/bin/selftest\n",
        encoding="utf-8",
    )
    (wants / "selftest.service").symlink_to("/etc/systemd/system/selftest.service")


def write_environment(root, endpoint):
    (root / "etc/ecs-logs/environment").write_text(
        f"AWS_REGION=us-west-2\nECS_LOGS_ENDPOINT_URL={endpoint}\n"
        + "".join(f"{key}={value}\n" for key, value in CREDENTIALS.items()),
        encoding="utf-8",
    )


class Namespace:
    """A network namespace with a loopback, kept by a process that only sleeps."""

    def __init__(self):
        self.keeper = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"], stdout=subprocess.PIPE, text=True
        )
        if self.keeper.stdout.readline().strip() != "up":
            raise AssertionError("no network namespace: is this root?")

    def command(self, *command):
        return ["nsenter", "--target", str(self.keeper.pid), "--net", "--", *map(str, command)]

    def close(self):
        end(self.keeper)


class Qemu:
    """A disk image that can be booted more than once, in software emulation, for that works everywhere."""

    def __init__(self, namespace, root, folder):
        self.namespace, self.folder = namespace, folder
        self.disk, self.console = folder / "disk.img", folder / "console.log"
        shutil.copy2((root / "vmlinuz").resolve() if not (root / "vmlinuz").is_symlink() else root / os.readlink(root / "vmlinuz").lstrip("/"), folder / "vmlinuz")
        shutil.copy2(root / os.readlink(root / "initrd.img").lstrip("/"), folder / "initrd.img")
        run("truncate", "--size=4G", self.disk)
        run("mke2fs", "-q", "-t", "ext4", "-d", root, "-L", "root", "-E", "lazy_itable_init=1", self.disk)
        self.process = None

    def boot(self):
        arguments = [
            "qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "2048", "-display", "none",
            "-serial", "stdio", "-monitor", "none", "-no-reboot", "-kernel", self.folder / "vmlinuz", "-initrd", self.folder / "initrd.img",
            "-append", "root=/dev/vda rw console=ttyS0 quiet mitigations=off random.trust_cpu=on apparmor=0",
            "-drive", f"file={self.disk},if=virtio,format=raw,cache=unsafe", "-netdev", "user,id=n0", "-device", "virtio-net-pci,netdev=n0",
            "-device", "virtio-rng-pci",
        ]
        self.offset = self.console.stat().st_size if self.console.exists() else 0
        with open(self.console, "ab") as console:
            self.process = subprocess.Popen(self.namespace.command(*arguments), stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)

    def said(self):
        """What the self-test has printed since the last boot."""
        with open(self.console, "rb") as console:
            console.seek(self.offset)
            return re.findall(r"SELFTEST (.*)", console.read().decode("utf-8", "replace").replace("\r", ""))

    def wait_for(self, word, timeout):
        def look():
            if self.process.poll() is not None and not any(word in line for line in self.said()):
                raise AssertionError(f"the machine went down before it said {word!r}: {self.tail()}")
            return next((line for line in self.said() if line.startswith(word)), None)

        try:
            return until(f"the machine to say {word!r}", look, timeout, 0.5)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.tail()}") from None

    def wait_down(self, timeout):
        self.process.wait(timeout)

    def pull_the_plug(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def tail(self):
        return self.console.read_text(errors="replace")[-3000:]

    def journal(self):
        """Every entry of every container in the journal on the disk, as dictionaries."""
        folder = self.folder / f"journal-{time.monotonic_ns()}"
        folder.mkdir()
        run("debugfs", "-R", f"rdump /var/log/journal {folder}", self.disk)
        lines = run("journalctl", "--directory", folder / "journal", "--output=json", "--all", "--output-fields=MESSAGE,CONTAINER_NAME,CONTAINER_TAG", "--quiet", check=False, timeout=300).stdout
        return [entry for entry in map(json.loads, lines.splitlines()) if "CONTAINER_NAME" in entry]


def cloudwatch(namespace, log):
    """cloudwatch-local in the namespace, at the port that the machine's configuration names."""
    process = subprocess.Popen(
        namespace.command(TARGET / "release/cloudwatch-local", "--listen", f"127.0.0.1:{PORT}", "--credentials", "testing:testing"), stdout=log, stderr=subprocess.STDOUT
    )
    until("cloudwatch-local to listen", lambda: run(*namespace.command("sh", "-c", f"ss --tcp --listening --numeric | grep --quiet 127.0.0.1:{PORT}"), check=False).returncode == 0)
    return process


READ_BACK = """
import boto3, json, sys
logs = boto3.client("logs", region_name="us-west-2", endpoint_url=sys.argv[1], aws_access_key_id="testing", aws_secret_access_key="testing")
events = []
for group in (g["logGroupName"] for page in logs.get_paginator("describe_log_groups").paginate() for g in page["logGroups"]):
    for stream in (s["logStreamName"] for page in logs.get_paginator("describe_log_streams").paginate(logGroupName=group) for s in page["logStreams"]):
        token = None
        while True:
            page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **({"nextToken": token} if token else {}))
            events += [(group, stream, event["message"]) for event in page["events"]]
            if page["nextForwardToken"] == token:
                break
            token = page["nextForwardToken"]
json.dump(events, sys.stdout)
"""


def read_back(python, prefix, endpoint):
    """All events of all streams, by boto3, as (group, stream, message)."""
    return [tuple(event) for event in json.loads(run(*prefix, python, "-c", READ_BACK, endpoint, timeout=300).stdout)]
