"""What the image's tests stand on: moto, free ports, a root file system from packages, machines in nspawn and qemu.

Everything started here is ended here, by its pid; nothing leaves the loopback but apt's downloads."""

import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

# Whoever ends a test program, by whichever signal and from whichever shell, lets it end its machines.
for _signal in (signal.SIGINT, signal.SIGTERM):
    signal.signal(_signal, signal.default_int_handler)

ROOT = pathlib.Path(__file__).resolve().parents[2]
AMI = ROOT / "ami"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "stack"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true"}

# systemd, sshd and a kernel: what stands for a base image. Docker comes by the provisioners, as on Amazon Linux. Python is for
# the programs of examples/pingdummy, whose containers take it from the machine.
PACKAGES = [
    "systemd", "systemd-sysv", "dbus", "udev", "kmod", "procps", "iproute2", "sudo", "ca-certificates", "openssh-server",
    "linux-image-cloud-amd64", "initramfs-tools", "zstd", "busybox-static", "python3",
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run(*command, check=True, timeout=600, **options):
    """Runs a command and returns it with its text output; a failure shows what it printed."""
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True, timeout=timeout, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done


def until(what, done, timeout=60, interval=0.1):
    """Polls a condition of another process; raises when it does not come true in time."""
    end = time.monotonic() + timeout
    while True:
        result = done()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s for {what}")
        time.sleep(interval)


def end(process, timeout=20):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def moto():
    """A moto server of our own; gives its address."""
    port = free_port()
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [ROOT / ".venv/bin/moto_server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=subprocess.STDOUT,
            env={**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},
        )
        try:
            until("moto to listen", lambda: listens(port))
            yield f"http://127.0.0.1:{port}"
        finally:
            end(server)


def base_rootfs():
    """A tarball of a Debian 12 root file system, made once for each list of packages."""
    digest = hashlib.sha256(" ".join(["bookworm", *PACKAGES]).encode()).hexdigest()[:16]
    tarball = CACHE / f"rootfs-{digest}.tar"
    if tarball.exists():
        return tarball
    CACHE.mkdir(parents=True, exist_ok=True)
    partial = tarball.with_suffix(f".{os.getpid()}.tar")
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    # A Debian 12 machine knows where its packages come from; elsewhere mmdebstrap's default is right.
    sources = [
        str(path)
        for path in [pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("debian*"))]
        if path.exists() and path.read_text(encoding="utf-8").strip()
    ] if "VERSION_CODENAME=bookworm" in release else []
    run(
        "mmdebstrap", "--variant=minbase", "--mode=root", f"--include={','.join(PACKAGES)}",
        '--aptopt=Acquire::Languages "none"', '--aptopt=Apt::Install-Recommends "false"',
        "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*", "bookworm", partial, *sources, timeout=900,
    )
    partial.rename(tarball)
    return tarball


def unpack(tarball, folder):
    folder.mkdir(parents=True)
    run("tar", "--directory", folder, "--extract", "--file", tarball)


class Machine:
    """systemd as PID 1 on a root file system, in nspawn. Ended by power-off, for a killed nspawn leaves its PID 1 behind."""

    def __init__(self, root, private_network=True):
        self.root = pathlib.Path(root)
        arguments = ["--private-network"] if private_network else ["--resolv-conf=copy-host"]
        self.log = open(f"{root}.log", "wb")
        self.nspawn = subprocess.Popen(
            [
                "systemd-nspawn", "--directory", str(root), "--register=no", "--keep-unit", "--boot", "--console=pipe", *arguments,
                "--capability=all", "--system-call-filter=bpf add_key keyctl",
            ],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
        )
        self.namespaces = ["--mount", "--pid", "--uts", "--ipc", "--cgroup"] + (["--net"] if private_network else [])
        self.init = None
        try:
            self.init = until("PID 1 of the machine", self._child, 30)
            until("systemd to be up", self._up, 60)
        except BaseException:
            if self.init:
                print(self.run("systemctl", "list-jobs", check=False).stdout, file=sys.stderr)
            self.close()
            print(self.console[-3000:], file=sys.stderr)
            raise

    def _child(self):
        if self.nspawn.poll() is not None:
            raise AssertionError(f"nspawn ended: {pathlib.Path(f'{self.root}.log').read_text(errors='replace')[-3000:]}")
        for child in run("pgrep", "--parent", self.nspawn.pid, check=False).stdout.split():
            # There is a child for a moment that only starts the one that is PID 1 inside.
            with contextlib.suppress(OSError):
                if re.search(r"^NSpid:\t\d+\t1$", pathlib.Path(f"/proc/{child}/status").read_text(encoding="utf-8"), re.MULTILINE):
                    return int(child)
        return None

    def _up(self):
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def command(self, *command):
        return ["nsenter", "--target", str(self.init), *self.namespaces, "--root", "--wd", "--", *map(str, command)]

    def run(self, *command, **options):
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"}
        return run(*self.command(*command), env=environment, **options)

    def outside(self, *command, **options):
        """Starts one of our programs in the machine's network, so that it is on the machine's loopback."""
        return subprocess.Popen(["nsenter", "--target", str(self.init), "--net", "--", *map(str, command)], **options)

    def close(self):
        if self.nspawn.poll() is None and self.init is None:
            end(self.nspawn)
        elif self.nspawn.poll() is None:
            self.run("systemctl", "poweroff", check=False, timeout=60)
            try:
                self.nspawn.wait(60)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.init, signal.SIGKILL)
                end(self.nspawn)
        self.log.close()
        self.console = pathlib.Path(f"{self.root}.log").read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
