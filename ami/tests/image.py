"""Builds the test double once: packages, a base root file system that plays the instance, Packer from end to end against moto."""

import fcntl
import functools
import os
import pathlib
import pickle
import tempfile
import threading
import types
import unittest

import boto3

from harness import AMI, CREDENTIALS, ROOT, Machine, base_rootfs, free_port, moto, remove, run, unpack

REGION = "us-west-2"


def version():
    lines = (ROOT / "Cargo.toml").read_text(encoding="utf-8").splitlines()
    return next(line.split('"')[1] for line in lines if line.startswith("version = "))


def packages(folder):
    """The .deb, .rpm and tarball of what was built in release mode."""
    run(ROOT / "ecs-logs/package/build", "--out", folder, cwd=ROOT)
    return types.SimpleNamespace(
        deb=next(folder.glob("*.deb")), rpm=next(folder.glob("*.rpm")), tar=next(folder.glob("*.tar.gz")), sums=folder / "SHA256SUMS"
    )


def ec2(endpoint):
    return boto3.client("ec2", region_name=REGION, endpoint_url=endpoint, aws_access_key_id="testing", aws_secret_access_key="testing")


class KeyPairs(threading.Thread):
    """Does what cloud-init does on an instance: the launch's public key becomes root's authorized key. Once, as there."""

    def __init__(self, endpoint, root):
        super().__init__(daemon=True)
        self.ec2, self.root, self.stopped = ec2(endpoint), root, threading.Event()

    def run(self):
        while not self.stopped.wait(0.1):
            keys = [pair["PublicKey"] for pair in self.ec2.describe_key_pairs(IncludePublicKey=True)["KeyPairs"] if pair.get("PublicKey")]
            if keys:
                folder = self.root / "root/.ssh"
                folder.mkdir(mode=0o700, exist_ok=True)
                (folder / "authorized_keys").write_text("\n".join(keys) + "\n", encoding="utf-8")
                return


def prepare_instance(root, port):
    """What makes a root file system an instance for this test; `undo_instance` takes it away again."""
    (root / "etc/ssh/sshd_config.d/test.conf").write_text(f"Port {port}\nListenAddress 127.0.0.1\n", encoding="utf-8")
    # Docker needs a network of its own to start; it is installed here, and started in the booted image.
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    policy.chmod(0o755)
    (root / "etc/hostname").write_text("instance\n", encoding="utf-8")
    (root / "etc/hosts").write_text("127.0.0.1 localhost instance\n", encoding="utf-8")
    (root / "etc/machine-id").write_text("", encoding="utf-8")


def undo_instance(root):
    (root / "etc/ssh/sshd_config.d/test.conf").unlink()
    (root / "usr/sbin/policy-rc.d").unlink()


def packer(endpoint, port, build_folder, package, *more, folder=AMI, **options):
    environment = {
        **os.environ, **CREDENTIALS, "CHECKPOINT_DISABLE": "1", "PACKER_NO_COLOR": "1", "PACKER_LOG": "1",
        "PACKER_LOG_PATH": str(build_folder / "packer.log"), "PACKER_CACHE_DIR": str(build_folder / "cache"),
    }
    variables = {
        "ecs_logs_package": package, "ecs_logs_version": version(), "build_folder": build_folder, "ec2_endpoint": endpoint,
        "region": REGION, "ssh_host": "127.0.0.1", "ssh_port": port, "ssh_username": "root",
    }
    arguments = [part for key, value in variables.items() for part in ("-var", f"{key}={value}")]
    return run("packer", "build", *arguments, *more, folder, env=environment, **options)


def build(folder):
    """Builds into `folder`; gives the built root file system, the image as moto has it, Packer's output and log."""
    made = packages(folder / "packages")
    root = folder / "instance"
    unpack(base_rootfs(), root)
    port, output = free_port(), folder / "build"
    output.mkdir()
    prepare_instance(root, port)
    with moto() as endpoint:
        keys = KeyPairs(endpoint, root)
        with Machine(root, private_network=False):
            keys.start()
            try:
                done = packer(endpoint, port, output, made.deb)
            finally:
                keys.stopped.set()
                keys.join()
        client = ec2(endpoint)
        images = client.describe_images(Owners=["self"])["Images"]
        left = {
            "instances": [i for r in client.describe_instances()["Reservations"] for i in r["Instances"] if i["State"]["Name"] != "terminated"],
            "key pairs": client.describe_key_pairs()["KeyPairs"],
            "security groups": [g for g in client.describe_security_groups()["SecurityGroups"] if g["GroupName"] != "default"],
        }
    undo_instance(root)
    return types.SimpleNamespace(
        root=root, packages=made, images=images, left=left, output=done.stdout, folder=output,
        log=(output / "packer.log").read_text(encoding="utf-8", errors="replace"),
    )


@functools.cache
def folder():
    """A folder for this test program's root file systems, removed at its end."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="stack-image-"))
    unittest.addModuleCleanup(remove, path)
    return path


@functools.cache
def built():
    """The image, built once: for all test programs in the folder STACK_IMAGE by the first that asks, else for this one."""
    shared = pathlib.Path(os.environ.get("STACK_IMAGE") or folder())
    result = shared / "built"
    with open(shared / "lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            (shared / "image").mkdir()
            result.write_bytes(pickle.dumps(build(shared / "image")))
    return pickle.loads(result.read_bytes())


def copy(name):
    """A root file system like the built image's, to be changed."""
    target = folder() / name
    run("cp", "--archive", "--reflink=auto", built().root, target)
    return target


def failing_build(folder, script):
    """A build of a copy of the template whose first step is `script`; gives Packer's result and what was left in moto."""
    template = folder / "ami"
    run("cp", "--recursive", AMI, template)
    step = template / "provision/install-packages.sh"
    step.write_text(f"#!/usr/bin/env bash\n{script}\n", encoding="utf-8")
    root = folder / "failing"
    unpack(base_rootfs(), root)
    port, output = free_port(), folder / "failing-build"
    output.mkdir()
    prepare_instance(root, port)
    package = pathlib.Path(folder / "ecs-logs.deb")
    package.touch()
    with moto() as endpoint:
        keys = KeyPairs(endpoint, root)
        with Machine(root, private_network=False):
            keys.start()
            try:
                done = packer(endpoint, port, output, package, folder=template, check=False)
            finally:
                keys.stopped.set()
                keys.join()
        client = ec2(endpoint)
        left = [i for r in client.describe_instances()["Reservations"] for i in r["Instances"] if i["State"]["Name"] != "terminated"]
        left += client.describe_images(Owners=["self"])["Images"] + client.describe_key_pairs()["KeyPairs"]
    return done, left
