"""The image, from packages to a machine that ships its logs. Needs root, apt's repositories and about five minutes."""

import collections
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import boot  # noqa: E402
import image  # noqa: E402
from harness import AMI, ROOT, TARGET, Machine, end, run, unpack, until, workspace  # noqa: E402

PYTHON = ROOT / ".venv/bin/python"
UNIT = ROOT / "ecs-logs/package/ecs-logs.service"


@functools.cache
def folder():
    opened = workspace()
    path = opened.__enter__()
    unittest.addModuleCleanup(opened.__exit__, None, None, None)
    return path


@functools.cache
def built():
    """The image, built once for all tests of this file."""
    return image.build(folder())


def copy_of_image(name):
    target = folder() / name
    run("cp", "--archive", "--reflink=auto", built().root, target)
    return target


class Sources(unittest.TestCase):
    def test_packer_accepts_the_template_and_its_format(self):
        environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
        run("packer", "fmt", "-check", AMI, env=environment)
        run("packer", "validate", "-var", f"ecs_logs_package={UNIT}", "-var", "ecs_logs_version=0", AMI, env=environment)

    def test_the_unit_is_closed_off(self):
        shown = run("systemd-analyze", "security", "--offline=true", "--no-pager", UNIT).stdout
        exposure = float(re.search(r"Overall exposure level for ecs-logs.service: ([0-9.]+)", shown).group(1))
        self.assertLessEqual(exposure, 1.5)

    def test_user_data_and_image_never_write_the_same_file(self):
        of_image = {f"/{path.relative_to(AMI / 'rootfs')}" for path in (AMI / "rootfs").rglob("*") if path.is_file()}
        of_image |= {"/usr/lib/systemd/system/ecs-logs.service", "/etc/ecs-logs/ecs-logs.toml"}
        sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "modules/user-data").glob("*.t*") if path.is_file())
        named = set(re.findall(r"(?<![\w.])/(?:etc|var/lib|usr)/[\w./@-]+\.?[\w-]+", sources))
        self.assertIn("/etc/ecs/ecs.config", named)
        self.assertIn("/etc/ecs-logs/environment", named)
        self.assertEqual(named & of_image, set(), "user data writes what the image has already")


class Packages(unittest.TestCase):
    def test_all_packages_hold_the_same_and_nothing_starts_by_surprise(self):
        made = built().packages
        listed = run("dpkg-deb", "--contents", made.deb).stdout
        rpm = run("rpm", "--query", "--list", "--package", made.rpm).stdout
        tar = run("tar", "--list", "--file", made.tar).stdout
        for path in ("usr/bin/ecs-logs", "usr/lib/systemd/system/ecs-logs.service", "etc/ecs-logs/ecs-logs.toml", "usr/share/man/man1/ecs-logs.1.gz"):
            for name, content in (("deb", listed), ("rpm", rpm), ("tar", tar)):
                self.assertIn(path, content, name)
        needs = run("rpm", "--query", "--requires", "--package", made.rpm).stdout
        self.assertIn("glibc >= 2.34", needs)
        self.assertIn("systemd-libs >= 252", needs)
        run("sha256sum", "--check", "--quiet", made.sums.name, cwd=made.sums.parent)

    def test_installing_removing_and_purging(self):
        root = folder() / "packages-root"
        unpack(image.base_rootfs(), root)
        shutil.copy2(built().packages.deb, root / "root/ecs-logs.deb")
        with Machine(root) as machine:
            machine.run("dpkg", "--install", "/root/ecs-logs.deb")
            self.assertEqual(machine.run("systemctl", "is-enabled", "ecs-logs", check=False).stdout.strip(), "disabled")
            self.assertEqual(machine.run("systemctl", "is-active", "ecs-logs", check=False).stdout.strip(), "inactive")
            machine.run("systemctl", "enable", "--now", "ecs-logs")
            self.assertTrue((root / "var/lib/private/ecs-logs").is_dir())
            machine.run("dpkg", "--remove", "ecs-logs")
            self.assertEqual(machine.run("systemctl", "is-active", "ecs-logs", check=False).stdout.strip(), "inactive")
            self.assertTrue((root / "var/lib/private/ecs-logs").is_dir(), "a package that comes back goes on where it stopped")
            machine.run("dpkg", "--purge", "ecs-logs")
            self.assertFalse((root / "var/lib/private/ecs-logs").exists())
            self.assertFalse((root / "etc/ecs-logs").exists())


class Build(unittest.TestCase):
    def test_packer_builds_registers_and_leaves_nothing_running(self):
        self.assertEqual(len(built().images), 1)
        tags = {tag["Key"]: tag["Value"] for tag in built().images[0]["Tags"]}
        self.assertEqual(tags["stack:ecs-logs"], image.version())
        self.assertTrue(tags["stack:source-ami-name"].startswith("al2023-ami-ecs-hvm-"))
        self.assertEqual(built().left, {"instances": [], "key pairs": [], "security groups": []})
        manifest = json.loads((built().folder / "manifest.json").read_text(encoding="utf-8"))
        self.assertEqual(manifest["builds"][0]["artifact_id"], f"{image.REGION}:{built().images[0]['ImageId']}")
        release = (built().folder / "stack-release").read_text(encoding="utf-8")
        self.assertIn(f"ecs-logs={image.version()}\n", release)

    def test_the_image_holds_nothing_of_the_machine_that_built_it(self):
        root = built().root
        self.assertEqual((root / "etc/machine-id").read_bytes(), b"")
        for pattern in ("etc/ssh/ssh_host_*", "root/.ssh/authorized_keys", "root/.*_history", "var/log/journal/*/*", "var/lib/systemd/random-seed", "tmp/stack", "var/lib/apt/lists/*_Packages"):
            self.assertEqual([str(path) for path in root.glob(pattern)], [], pattern)

    def test_a_provisioner_that_fails_ends_the_build_and_leaves_nothing(self):
        place = folder() / "failing-place"
        place.mkdir()
        done, left = image.failing_build(place, "echo 'install-packages: no package docker' >&2; exit 3")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no package docker", done.stdout)
        self.assertEqual(left, [])

    def test_the_dnf_branch_runs_against_a_local_repository(self):
        """The real packages of Amazon Linux cannot be had here; stubs of the same names show that the step does its work."""
        root = folder() / "dnf-root"
        unpack(image.base_rootfs(), root)
        shutil.copytree(AMI / "provision", root / "root/provision")
        shutil.copytree(AMI / "rootfs", root / "root/stack/rootfs")
        shutil.copy2(built().packages.rpm, root / "root/stack/")
        shutil.copy2(AMI / "tests/stub-repository.sh", root / "root/stub-repository.sh")
        with Machine(root, private_network=False) as machine:
            machine.run("sh", "-c", "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends dnf rpm createrepo-c >/dev/null", timeout=300)
            machine.run("bash", "/root/stub-repository.sh")
            for step in ("install-packages", "install-rootfs", "install-ecs-logs", "enable-units"):
                machine.run("env", "STACK_FILES=/root/stack", "bash", f"/root/provision/{step}.sh")
            self.assertIn("ecs-init", machine.run("rpm", "--query", "docker", "ecs-init", "ecs-logs").stdout)
            self.assertEqual(machine.run("systemctl", "is-enabled", "ecs-logs", "ecs").stdout.split(), ["enabled", "enabled"])
            done = machine.run("env", "STACK_FILES=/root/stack", "bash", "/root/provision/install-ecs-logs.sh", check=False)
            self.assertEqual(done.returncode, 0, "a step may run twice")


class Unit(unittest.TestCase):
    """The unit under a real systemd, with cloudwatch-local on the machine's own loopback."""

    @classmethod
    def setUpClass(cls):
        cls.root = copy_of_image("unit-root")
        boot.write_environment(cls.root, f"http://127.0.0.1:{boot.PORT}")
        boot.busybox_image(cls.root)
        cls.machine = Machine(cls.root)
        cls.addClassCleanup(cls.machine.close)
        cls.log = open(folder() / "cloudwatch.log", "wb")
        cls.addClassCleanup(cls.log.close)
        cls.cloudwatch = cls.machine.outside(
            TARGET / "release/cloudwatch-local", "--listen", f"127.0.0.1:{boot.PORT}", "--credentials", "testing:testing", stdout=cls.log, stderr=subprocess.STDOUT
        )
        cls.addClassCleanup(end, cls.cloudwatch)
        cls.machine.run("systemctl", "restart", "docker")
        cls.machine.run("docker", "import", "/usr/local/share/selftest/busybox.tar", "bb:1")

    def show(self, name):
        return self.machine.run("systemctl", "show", "ecs-logs", f"--property={name}", "--value").stdout.strip()

    def container(self, name, tag, script):
        self.machine.run(
            "docker", "run", "--rm", "--net=none", "--name", name, "--log-driver=journald", "--log-opt", f"tag={tag}", "bb:1", "sh", "-c", script,
            timeout=120,
        )

    def messages(self, stream):
        prefix = ["nsenter", "--target", str(self.machine.init), "--net", "--"]
        return [message for _, name, message in boot.read_back(PYTHON, prefix, f"http://127.0.0.1:{boot.PORT}") if name == stream]

    def test_it_is_ready_under_another_uid_and_says_how_it_is(self):
        self.assertEqual(self.show("ActiveState"), "active")
        self.assertNotEqual(self.show("StatusText"), "")
        status = self.machine.run("cat", f"/proc/{self.show('MainPID')}/status").stdout
        self.assertNotIn("Uid:\t0\t", status)
        for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
            self.assertIn(line, status)

    def test_every_line_of_a_burst_arrives_with_the_images_journald_settings(self):
        self.container("unit-many-1", "/stack/unit/many", 'awk \'BEGIN { for (n = 1; n <= 200000; n++) print "many id=many-" n }\'')
        self.machine.run("journalctl", "--sync")
        in_journal = self.machine.run("sh", "-c", "journalctl CONTAINER_NAME=unit-many-1 --output=cat --quiet | wc -l", timeout=120).stdout.strip()
        self.assertEqual(in_journal, "200000", "journald has dropped lines")
        until("all lines to be accepted", lambda: len(self.messages("unit-many-1")) >= 200000, 120, 2)
        ids = collections.Counter(re.search(r"id=many-(\d+)", message).group(1) for message in self.messages("unit-many-1"))
        self.assertEqual(len(ids), 200000)
        self.assertEqual([n for n, times in ids.items() if times > 1], [])

    def test_journald_restarted_under_it_loses_nothing(self):
        self.container("unit-before-1", "/stack/unit/journald", "echo before id=j-1")
        self.machine.run("systemctl", "restart", "systemd-journald")
        # Docker keeps its connection to a journald that is socket-activated.
        self.container("unit-after-1", "/stack/unit/journald", "echo after id=j-2")
        until("the line after the restart", lambda: self.messages("unit-after-1"), 60, 0.5)
        self.assertEqual(self.show("ActiveState"), "active")

    def test_stopping_it_sends_what_is_waiting(self):
        self.container("unit-drain-1", "/stack/unit/drain", "for n in 1 2 3; do echo drain id=drain-$n; done")
        self.machine.run("journalctl", "--sync")
        self.machine.run("systemctl", "stop", "ecs-logs")
        self.assertEqual(self.show("Result"), "success")
        self.machine.run("systemctl", "start", "ecs-logs")
        until("the lines", lambda: len(self.messages("unit-drain-1")) == 3, 60, 0.5)

    def test_the_watchdog_restarts_one_that_hangs(self):
        self.machine.run("mkdir", "-p", "/run/systemd/system/ecs-logs.service.d")
        drop_in = self.root / "run-watchdog.conf"
        drop_in.write_text("[Service]\nWatchdogSec=3\n", encoding="utf-8")
        self.machine.run("cp", "/run-watchdog.conf", "/run/systemd/system/ecs-logs.service.d/watchdog.conf")
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "restart", "ecs-logs")
        before = self.show("MainPID")
        time.sleep(5)  # longer than the watchdog: one that works is left alone
        self.assertEqual(self.show("MainPID"), before, "the watchdog bit an agent that works")
        self.machine.run("kill", "-STOP", before)
        until("the watchdog to restart the agent", lambda: self.show("MainPID") not in (before, "0"), 60, 0.5)
        until("the new one to be ready", lambda: self.show("ActiveState") == "active", 30, 0.5)

    def test_with_journalds_default_rate_limit_the_loss_is_counted_and_marked(self):
        self.machine.run("mkdir", "-p", "/run/systemd/journald.conf.d")
        self.machine.run("sh", "-c", "printf '[Journal]\\nRateLimitIntervalSec=30s\\nRateLimitBurst=1000\\n' > /run/systemd/journald.conf.d/99-limit.conf")
        self.machine.run("systemctl", "restart", "systemd-journald")
        try:
            self.container("unit-limit-1", "/stack/unit/limit", 'awk \'BEGIN { for (n = 1; n <= 50000; n++) print "limit id=limit-" n }\'')
            self.machine.run("rm", "/run/systemd/journald.conf.d/99-limit.conf")
            self.machine.run("systemctl", "restart", "systemd-journald")
            # Journald says what it dropped with the unit's next line, after the interval.
            self.container("unit-limit-2", "/stack/unit/limit", "sleep 31; echo after id=limit-after")
            until(
                "a mark of the lines that journald dropped",
                lambda: [m for name in ("unit-limit-1", "unit-limit-2") for m in self.messages(name) if "[ecs-logs]" in m and "rate limit" in m], 60, 1,
            )
        finally:
            self.machine.run("rm", "--force", "/run/systemd/journald.conf.d/99-limit.conf")


def by_stream(pairs):
    grouped = collections.defaultdict(collections.Counter)
    for stream, text in pairs:
        found = re.search(r"id=([a-z0-9]+-\d+)", text)
        if found:
            grouped[stream][found.group(1)] += 1
    return grouped


class Boot(unittest.TestCase):
    """Three boots of the built image in qemu: everyday lines and an orderly reboot in a burst, a pulled plug, a long burst."""

    def test_docker_logs_arrive_through_reboot_power_cut_and_burst(self):
        root = copy_of_image("boot-root")
        boot.prepare_boot(root)
        place = folder() / "boot"
        place.mkdir()
        namespace = boot.Namespace()
        self.addCleanup(namespace.close)
        log = open(place / "cloudwatch.log", "wb")
        self.addCleanup(log.close)
        cloudwatch = boot.cloudwatch(namespace, log)
        self.addCleanup(end, cloudwatch)
        machine = boot.Qemu(namespace, root, place)
        self.addCleanup(lambda: machine.process and machine.process.poll() is None and machine.pull_the_plug())

        machine.boot()
        first = machine.wait_for("phase 1", 180)
        self.assertIn("ecs-logs active, docker active", first)
        machine.wait_for("reboot", 180)
        machine.wait_down(120)
        self.assert_all_arrived(machine, namespace, "after an orderly reboot in a burst")
        events = boot.read_back(PYTHON, namespace.command(), f"http://127.0.0.1:{boot.PORT}")
        streams = collections.defaultdict(list)
        for group, stream, message in events:
            streams[(group, stream)].append(message)
        ours = {key for key in streams if key[0].startswith("/stack/test/")}
        self.assertEqual(
            {group for group, _ in ours}, {"/stack/test/web", "/stack/test/long", "/stack/test/last", "/stack/test/burst"}
        )
        self.assertEqual(sorted(stream for group, stream in ours if group == "/stack/test/web"), ["ecs-web-1", "ecs-web-2"])
        web = [json.loads(message) for message in streams[("/stack/test/web", "ecs-web-1")]]
        levels = {event["message"]: event["level"] for event in web}
        self.assertEqual(levels["plain id=web1-1"], "INFO")
        self.assertEqual(levels["json id=web1-6"], "WARN")
        self.assertEqual(levels["stderr id=web1-7"], "ERROR")
        long = [json.loads(message)["message"] for message in streams[("/stack/test/long", "ecs-long-1")]]
        self.assertEqual(sorted(map(len, long)), [40013] * 3, "the pieces of a long line are one event again")
        last = [json.loads(message)["message"] for message in streams[("/stack/test/last", "ecs-last-1")]]
        self.assertEqual(last, ["last id=last-1", "last id=last-2"], "lines printed while the machine goes down")

        machine.boot()
        machine.wait_for("pull the plug", 240)
        machine.pull_the_plug()

        machine.boot()
        said = machine.wait_for("done", 420)
        self.assertEqual(said, "done")
        machine.wait_down(120)
        spoken = " ".join(machine.said())
        self.assertIn("many 200000", spoken)
        limit, peak, restarts = map(int, re.search(r"memory-limit (\d+) peak (\d+) restarts (\d+)", spoken).groups())
        self.assertLessEqual(peak, limit)
        self.assertEqual(restarts, 0)
        print(f"memory of the unit: peak {peak / 2**20:.0f} MiB of {limit / 2**20:.0f} MiB", file=sys.stderr)
        self.assert_all_arrived(machine, namespace, "after a power cut and a burst of 200,000 lines")

    def assert_all_arrived(self, machine, namespace, when):
        """Every line that the journal on the disk holds was accepted."""
        stored = by_stream((entry["CONTAINER_NAME"], entry["MESSAGE"] if isinstance(entry["MESSAGE"], str) else bytes(entry["MESSAGE"]).decode("utf-8", "replace")) for entry in machine.journal())
        accepted = by_stream((stream, message) for _, stream, message in boot.read_back(PYTHON, namespace.command(), f"http://127.0.0.1:{boot.PORT}"))
        self.assertGreater(sum(map(len, stored.values())), 0)
        for stream, ids in stored.items():
            missing = ids.keys() - accepted[stream].keys()
            self.assertEqual(sorted(missing)[:10], [], f"{when}: {len(missing)} of {len(ids)} lines of {stream} did not arrive")


if __name__ == "__main__":
    unittest.main()
