"""The built image in qemu: real kernel, real Docker, the agent as its unit, cloudwatch-local outside the machine.

Everything runs in a network namespace of its own, which has nothing but a loopback."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from cloudwatch import METRICS, PORT
from harness import AMI, CREDENTIALS, ROOT, end, run, until

APPLETS = ["sh", "awk", "sleep", "head", "tr", "echo", "printf", "wget"]


def task_labels():
    """The labels that the modules' tasks have journald write down."""
    source = (ROOT / "modules/container-definition/main.tf").read_text(encoding="utf-8")
    return re.search(r'labels *= "([^"]+)"', source).group(1)


def busybox_image(root):
    """A container image of one static binary, made without a registry."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        (tree / "bin").mkdir()
        shutil.copy2(root / "usr/bin/busybox", tree / "bin/busybox")
        for applet in APPLETS:
            (tree / "bin" / applet).symlink_to("busybox")
        for name in ("dev", "proc", "sys", "tmp", "etc", "usr"):
            (tree / name).mkdir()
        # Where the machine's /usr is mounted, its programs run: Python for pingdummy.
        for name in ("lib", "lib64"):
            (tree / name).symlink_to(f"usr/{name}")
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
    write_environment(root, "10.0.2.2")
    busybox_image(root)
    share = root / "usr/local/share/selftest"
    (share / "labels").write_text(task_labels(), encoding="utf-8")
    shutil.copytree(ROOT / "examples/pingdummy/images", share / "pingdummy")
    shutil.copy2(AMI / "tests/selftest.sh", root / "usr/local/bin/selftest")
    (root / "etc/systemd/system/selftest.service").write_text(
        "[Unit]\nAfter=multi-user.target docker.service ecs-logs.service systemd-networkd.service\n"
        "[Service]\nType=oneshot\nTimeoutStartSec=infinity\nExecStart=/usr/local/bin/selftest\n",
        encoding="utf-8",
    )
    (wants / "selftest.service").symlink_to("/etc/systemd/system/selftest.service")


def write_environment(root, host):
    """What only a test wants of the agent, in a file that wins over that of user data."""
    drop_in = root / "etc/systemd/system/ecs-logs.service.d/test.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nEnvironmentFile=/etc/ecs-logs/test\n", encoding="utf-8")
    (root / "etc/ecs-logs/test").write_text(
        f"AWS_REGION=us-west-2\nECS_LOGS_ENDPOINT_URL=http://{host}:{PORT}\nECS_LOGS_CREATE_GROUPS=true\nECS_LOGS_METRICS_ADDR=127.0.0.1:{METRICS}\n"
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

    @property
    def pid(self):
        return self.keeper.pid

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
            "-append", "root=/dev/vda rw console=ttyS0 quiet mitigations=off random.trust_cpu=on apparmor=0 selinux=0",
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
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def tail(self):
        return self.console.read_text(errors="replace")[-3000:]

    def journal(self, names):
        """{container: texts of its entries} by the journal on the disk, pieces of a long line apart; of these containers and all
        others that journalctl lists, which it may not for a file that a power cut has left."""
        folder = self.folder / f"journal-{time.monotonic_ns()}"
        folder.mkdir()
        run("debugfs", "-R", f"rdump /var/log/journal {folder}", self.disk)

        def ask(*arguments):
            # A file that the power cut left half-written is said on stderr; what can be read of it is read.
            return run("journalctl", "--directory", folder / "journal", "--quiet", *arguments, check=False, timeout=300).stdout.splitlines()

        return {name: ask("--all", "--output=cat", f"CONTAINER_NAME={name}") for name in {*names, *ask("--field=CONTAINER_NAME")}}
