"""The image's sources, the packages, and what Packer makes of them. Needs root and apt's repositories."""

import json
import os
import re
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import image  # noqa: E402
from harness import AMI, ROOT, Machine, run, unpack  # noqa: E402
from image import built, folder  # noqa: E402

UNIT = ROOT / "ecs-logs/package/ecs-logs.service"


class Sources(unittest.TestCase):
    def test_packer_accepts_the_template_and_its_format(self):
        environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
        run("packer", "fmt", "-check", AMI, env=environment)
        run("packer", "validate", "-var", f"ecs_logs_package={UNIT}", "-var", "ecs_logs_version=0", AMI, env=environment)

    def test_the_unit_is_closed_off(self):
        shown = run("systemd-analyze", "security", "--offline=true", "--no-pager", UNIT).stdout
        exposure = float(re.search(r"Overall exposure level for ecs-logs.service: ([0-9.]+)", shown).group(1))
        self.assertLessEqual(exposure, 1.5)


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
            machine.run("sh", "-c", "rpm --erase docker && rm /srv/repository/noarch/docker-*.rpm && createrepo_c --quiet /srv/repository && dnf --quiet clean all")
            done = machine.run("bash", "/root/provision/install-packages.sh", check=False)
            self.assertNotEqual(done.returncode, 0, "a package that nobody has")
            self.assertRegex(done.stdout + done.stderr, "install-packages: failed three times: dnf .*docker")


if __name__ == "__main__":
    unittest.main()
