"""The agent as its unit in the built image, under a real systemd in nspawn, with real Docker and cloudwatch-local on its loopback."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import boot  # noqa: E402
import image  # noqa: E402
import probe  # noqa: E402
from cloudwatch import CloudWatch  # noqa: E402
from harness import AMI, ROOT, Machine, until  # noqa: E402

UNIT = ROOT / "ecs-logs/package/ecs-logs.service"
USER_DATA = ROOT / "modules/user-data/tests/golden/image.sh"
MARK = re.compile(r"\[ecs-logs\] (?:up to )?(\d+) lines lost here: journald rate limit")


def files_of_image():
    return {f"/{path.relative_to(AMI / 'rootfs')}" for path in (AMI / "rootfs").rglob("*") if path.is_file()} | {
        "/usr/lib/systemd/system/ecs-logs.service", "/etc/ecs-logs/ecs-logs.toml",
    }


def settings(text):
    return dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z_]+=", line))


def setUpModule():
    """One machine for all classes: the built image, started as it is, then told by user data which cluster it is of."""
    global root, machine, cloud, hashes
    root = image.copy("unit-root")
    boot.busybox_image(root)
    shutil.copy2(USER_DATA, root / "root/user-data.sh")
    shutil.copy2(AMI / "tests/probe.py", root / "usr/local/bin/probe.py")
    hashes = {path: digest(path) for path in files_of_image()}
    machine = Machine(root)
    unittest.addModuleCleanup(machine.close)
    cloud = CloudWatch(machine.init, image.folder() / "cloudwatch.log")
    unittest.addModuleCleanup(cloud.close)
    machine.run("bash", "/root/user-data.sh")
    until("the agent to know what user data says", lambda: "ECS_LOGS_CREATE_GROUPS=false" in environment_of_agent())
    boot.write_environment(root, "127.0.0.1")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "ecs-logs", "docker")
    machine.run("docker", "import", "/usr/local/share/selftest/busybox.tar", "bb:1")


def digest(path):
    return hashlib.sha256((root / path.lstrip("/")).read_bytes()).hexdigest()


def show(name, unit="ecs-logs"):
    return machine.run("systemctl", "show", unit, f"--property={name}", "--value").stdout.strip()


def environment_of_agent():
    return machine.run("cat", f"/proc/{show('MainPID')}/environ", check=False).stdout.split("\0")


def container(name, group, script, *options):
    machine.run(
        "docker", "run", "--rm", "--net=none", "--name", name, "--log-driver=journald", "--log-opt", f"tag={group}", *options,
        "bb:1", "sh", "-c", script, timeout=120,
    )


def in_journal(*matches):
    machine.run("journalctl", "--sync")
    return machine.run("journalctl", "--output=cat", "--quiet", "--all", *matches, timeout=120).stdout.splitlines()


def with_option(case, name, value):
    """Runs the agent with an environment variable more, for one test."""
    file = root / "etc/ecs-logs/test"
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}{name}={value}\n", encoding="utf-8")
    machine.run("systemctl", "restart", "ecs-logs")

    def undo():
        file.write_text(before, encoding="utf-8")
        machine.run("systemctl", "restart", "ecs-logs")

    case.addCleanup(undo)


class UserData(unittest.TestCase):
    def test_user_data_changes_no_file_of_the_image_and_both_say_the_same_of_the_agent(self):
        self.assertEqual({path: digest(path) for path in files_of_image()}, hashes)
        ours = settings((root / "var/lib/ecs/ecs.config").read_text(encoding="utf-8"))
        theirs = settings((root / "etc/ecs/ecs.config").read_text(encoding="utf-8"))
        self.assertEqual(theirs["ECS_CLUSTER"], "segment-prod")
        self.assertEqual({key: theirs.get(key, value) for key, value in ours.items()}, ours, "the file that is read later says otherwise")
        self.assertEqual(theirs["ECS_INSTANCE_ATTRIBUTES"], '{"stack.ecs-logs":"1"}', "tasks that log through journald ask for it")
        self.assertIn("AWS_REGION=us-west-2", environment_of_agent())

    def test_every_file_that_user_data_names_is_its_own(self):
        source = (ROOT / "modules/user-data/user-data.sh.tftpl").read_text(encoding="utf-8")
        named = set(re.findall(r"(?<![\w.])/(?:etc|var/lib|usr)/[\w./@-]+\.?[\w-]+", source))
        self.assertIn("/etc/ecs/ecs.config", named)
        self.assertEqual(named & files_of_image(), set())


class Sandbox(unittest.TestCase):
    def test_it_is_ready_under_another_uid_and_says_how_it_is(self):
        self.assertEqual(show("ActiveState"), "active")
        self.assertRegex(show("StatusText"), r"\d")
        status = machine.run("cat", f"/proc/{show('MainPID')}/status").stdout
        self.assertNotIn("Uid:\t0\t", status)
        for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
            self.assertIn(line, status)

    def test_systemd_has_understood_every_directive(self):
        told = machine.run("systemd-analyze", "verify", "--man=no", "ecs-logs.service")
        self.assertEqual(told.stdout + told.stderr, "")

    def try_all(self, unit, text):
        """Outcomes of the probe as a unit of this text."""
        (root / f"etc/systemd/system/{unit}.service").write_text(text, encoding="utf-8")
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "start", unit)
        return json.loads(in_journal(f"_SYSTEMD_UNIT={unit}.service")[-1])

    def test_the_sandbox_prevents_what_it_is_to_prevent_and_nothing_that_the_agent_needs(self):
        (root / "home/of-the-host").touch()
        machine.run("touch", "/tmp/of-the-host", "/dev/of-the-host")
        life = re.compile(r"(Type|NotifyAccess|ExecStart|ExecReload|WatchdogSec|Restart|RestartSec)=")
        lines = [line for line in UNIT.read_text(encoding="utf-8").split("[Install]")[0].splitlines() if not life.match(line)]
        run = "Type=oneshot\nExecStart=/usr/bin/python3 /usr/local/bin/probe.py\n"
        text = "\n".join(lines).replace("Directory=ecs-logs", "Directory=probe") + "\n" + run
        # Without a sandbox everything must go, else the attempt shows nothing.
        free = self.try_all("probe-free", f"[Service]\nStateDirectory=probe-free\n{run}")
        self.assertEqual({name: free[name] for name in (*probe.NEEDED, *probe.PREVENTED)}, dict.fromkeys(free, "done"))
        outcomes = self.try_all("probe", text)
        self.assertEqual({name: outcomes[name] for name in probe.NEEDED}, dict.fromkeys(probe.NEEDED, "done"))
        self.assertEqual([name for name in probe.PREVENTED if outcomes[name] == "done"], [])


class Delivery(unittest.TestCase):
    def test_every_line_of_a_burst_arrives_with_the_images_journald_settings(self):
        group, stream = "/stack/unit/many", "unit-many-1"
        container(stream, group, 'awk \'BEGIN { for (n = 1; n <= 200000; n++) print "many id=many-" n }\'')
        self.assertEqual(len(in_journal(f"CONTAINER_NAME={stream}")), 200000, "journald has dropped lines")
        until("the last line to be accepted", lambda: "id=many-200000" in cloud.last(group, stream), 120, 0.5)
        until("all to be accepted", lambda: cloud.metric("window_bytes") == 0, 60)
        ids = [int(re.search(r"id=many-(\d+)", message).group(1)) for message in cloud.messages(group, stream)]
        # Several requests at a time: CloudWatch keeps what is of one millisecond in the order in which it came.
        self.assertEqual(sorted(ids), list(range(1, 200001)), "each once")

    def test_journald_restarted_under_it_loses_nothing(self):
        group, stream = "/stack/unit/journald", "unit-journald-1"
        talker = subprocess.Popen(
            machine.command(
                "docker", "run", "--rm", "--net=none", "--name", stream, "--log-driver=journald", "--log-opt", f"tag={group}", "bb:1",
                "sh", "-c", "n=0; while [ $n -lt 60 ]; do n=$((n+1)); echo id=j-$n; sleep 0.05; done",
            ),
            stdout=subprocess.DEVNULL,
        )
        process = show("MainPID")
        for line in (10, 30):
            until(f"line {line}", lambda line=line: f"id=j-{line}" in in_journal(f"CONTAINER_NAME={stream}"), 60)
            machine.run("systemctl", "restart", "systemd-journald")
        talker.wait(60)
        written = in_journal(f"CONTAINER_NAME={stream}")
        self.assertIn("id=j-60", written)
        until("the last line to be accepted", lambda: "id=j-60" in cloud.last(group, stream), 60)
        self.assertEqual([json.loads(message)["message"] for message in cloud.messages(group, stream)], written)
        self.assertEqual(show("MainPID"), process)

    def test_stopping_it_sends_what_is_waiting(self):
        group, stream = "/stack/unit/drain", "unit-drain-1"
        with_option(self, "ECS_LOGS_FLUSH_TIMEOUT", "10m")
        container(stream, group, "for n in 1 2 3; do echo drain id=drain-$n; done")
        self.assertEqual(len(in_journal(f"CONTAINER_NAME={stream}")), 3)
        until("the lines to be read", lambda: cloud.metric("window_bytes") > 0)
        self.assertEqual(cloud.messages(group, stream), [], "nothing is sent yet, so that the drain has something to do")
        machine.run("systemctl", "stop", "ecs-logs")
        self.assertEqual(show("Result"), "success")
        self.assertEqual(len(cloud.messages(group, stream)), 3)

    def test_with_journalds_default_rate_limit_the_loss_is_counted_and_marked(self):
        group, stream = "/stack/unit/limit", "unit-limit-1"
        drop_in = root / "etc/systemd/journald.conf.d/99-default.conf"
        drop_in.write_text("[Journal]\nRateLimitIntervalSec=30s\nRateLimitBurst=10000\n", encoding="utf-8")
        machine.run("systemctl", "restart", "systemd-journald")

        def undo():
            drop_in.unlink()
            machine.run("systemctl", "restart", "systemd-journald")

        self.addCleanup(undo)
        lines, before = 200000, cloud.metric("lines_lost_rate_limited_total")
        # Journald says what it dropped with the unit's next line after its interval.
        container(stream, group, f'awk \'BEGIN {{ for (n = 1; n <= {lines}; n++) print "limit id=limit-" n }}\'; sleep 31; echo after id=after-1')
        stored = [line for line in in_journal(f"CONTAINER_NAME={stream}") if "id=limit-" in line]
        self.assertLess(len(stored), lines, "journald's default limit has dropped nothing")
        dropped = sum(map(int, machine.run("sh", "-c", "journalctl --quiet --output=json --output-fields=N_DROPPED | sed -n 's/.*\"N_DROPPED\":\"\\([0-9]*\\)\".*/\\1/p'").stdout.split()))
        # Docker's own messages are of the same unit, and may be among them.
        self.assertLessEqual(lines - len(stored), dropped)
        self.assertLess(dropped, lines - len(stored) + 100)
        until("the loss to be counted", lambda: cloud.metric("lines_lost_rate_limited_total") - before >= dropped, 60)
        self.assertEqual(cloud.metric("lines_lost_rate_limited_total") - before, dropped)
        until("the last line to be accepted", lambda: any("id=after-1" in message for message in cloud.messages(group, stream)[-20:]), 60)

        def marks():
            return [int(found.group(1)) for found in map(MARK.search, cloud.messages(group, stream)) if found]

        until("the loss to be marked", lambda: sum(marks()) >= dropped, 60, 0.5)
        self.assertEqual(sum(marks()), dropped)
        arrived = [message for message in cloud.messages(group, stream) if "id=limit-" in message]
        self.assertEqual(len(arrived), len(stored), "what journald did store arrives")


class Forgery(unittest.TestCase):
    """Who may write into a service's log group: the container engine alone."""

    GROUP, STREAM = "/stack/unit/forged", "unit-real-1"

    def forge(self):
        """Entries that claim to be of a container, written by others; then one of the container. Gives how many are forged."""
        fields = [f"CONTAINER_TAG={self.GROUP}", f"CONTAINER_NAME={self.STREAM}", "CONTAINER_ID=0123456789ab"]
        unit = ["systemd-run", "--wait", "--quiet", "--pipe", "--collect"]
        forged = [
            # Fields that begin with an underscore are journald's own: it does not take them from a client.
            [*unit, "--unit=forger", "sh", "-c", self.entry("MESSAGE=forged by a unit", "_SYSTEMD_UNIT=docker.service", *fields)],
            [*unit, "--unit=nobody", "--uid=nobody", "sh", "-c", self.entry("MESSAGE=forged by nobody", "SYSLOG_IDENTIFIER=dockerd", *fields)],
            [
                "docker", "run", "--rm", "--net=none", "--log-driver=none", "--volume=/run/systemd/journal:/run/systemd/journal", "--volume=/usr:/usr:ro",
                "bb:1", "sh", "-c", self.entry("MESSAGE=forged by a container with the socket", *fields),
            ],
        ]
        for command in forged:
            machine.run(*command)
        container(self.STREAM, self.GROUP, "echo real id=real-1")
        return len(forged)

    def arrived(self):
        return [json.loads(message)["message"] for message in cloud.messages(self.GROUP, self.STREAM)]

    def test_what_a_process_outside_of_docker_says_of_containers_is_refused(self):
        forged = self.forge()
        # They are in the journal, beside the real one: only the trusted field tells them apart.
        self.assertEqual(len(in_journal(f"CONTAINER_NAME={self.STREAM}")), forged + 1)
        until("the real line to be accepted", self.arrived, 60)
        self.assertEqual(self.arrived(), ["real id=real-1"])

        # By default entries of other units are not even read; that there are some is counted and told all the same.
        until("the first forged one to be told", lambda: "is not believed" in "\n".join(in_journal("_SYSTEMD_UNIT=ecs-logs.service")), 60)
        until("it to be counted", lambda: cloud.metric("entries_untrusted_total") >= 1, 60)

        # With a route that asks for them and would let them choose their group they are read, refused, counted each.
        (root / "etc/ecs-logs/route.toml").write_text(
            f'[[route]]\nmatch = ["CONTAINER_NAME={self.STREAM}"]\ngroup = "{{CONTAINER_TAG}}"\n', encoding="utf-8"
        )
        with_option(self, "ECS_LOGS_CONFIG", "/etc/ecs-logs/route.toml")
        before = cloud.metric("entries_untrusted_total")
        forged = self.forge()
        until("the second real line to be accepted", lambda: len(self.arrived()) >= 2, 60)
        self.assertEqual(self.arrived(), ["real id=real-1"] * 2)
        self.assertEqual(cloud.metric("entries_untrusted_total") - before, forged)

        # journald does not learn the unit of a sender that has ended when it looks (no unit, no belief): until it was in time.
        def told():
            self.forge()
            own = "\n".join(in_journal("_SYSTEMD_UNIT=ecs-logs.service"))
            return own if "comes from forger.service, not from the container engine" in own else None

        self.assertIn("--trusted-unit forger.service", until("the forging unit to be named", told, 60))

    @staticmethod
    def entry(*fields):
        return "printf '%s\\n' " + " ".join(f"'{field}'" for field in fields) + " | logger --journald"


class Commands(unittest.TestCase):
    """What an operator types on a machine of the cluster, as root, without an option."""

    def ask(self, *command):
        return machine.run("ecs-logs", *command, check=False, timeout=120)

    def test_status_finds_the_agent_and_says_that_it_is_well_until_it_is_not(self):
        container("unit-status-1", "/stack/unit/status", "echo status id=status-1")
        until("the line to be accepted", lambda: cloud.last("/stack/unit/status", "unit-status-1"), 60)
        until("nothing to be open", lambda: "lag 0 s" in re.sub(" +", " ", self.ask("status").stdout), 30, 0.5)
        done = self.ask("status")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"process {show('MainPID')}, checkpoint /var/lib/", done.stdout)
        self.assertNotIn("problem", done.stdout)
        machine.run("systemctl", "stop", "ecs-logs")
        self.addCleanup(machine.run, "systemctl", "start", "ecs-logs")
        done = self.ask("status")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no ecs-logs runs", done.stdout)

    def findings(self, *options):
        done = self.ask("doctor", "--as-service", "--json", *options)
        return done, {finding["what"]: finding for finding in json.loads(done.stdout)}

    def test_the_doctor_with_the_rights_of_the_service_finds_all_well_on_the_image(self):
        container("unit-doctor-1", "/stack/unit/doctor", "echo doctor id=doctor-1")
        done, found = self.findings("--write-test", "/stack/unit/doctor")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # Tasks name their driver themselves; and cloudwatch-local does not say what time it is.
        self.assertEqual({what for what, finding in found.items() if finding["verdict"] != "ok"}, {"Docker's log driver", "clock"}, done.stdout)
        self.assertIn("/var/lib/ecs-logs/", found["checkpoint"]["found"])
        self.assertIn("the environment (AWS_ACCESS_KEY_ID)", found["credentials"]["found"])

    def test_the_doctor_names_what_is_wrong_and_ends_with_1(self):
        done, found = self.findings("--endpoint-url", "http://127.0.0.1:9")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(found["endpoint"]["verdict"], "problem")
        self.assertIn("127.0.0.1:9", found["endpoint"]["found"])


class Watchdog(unittest.TestCase):
    def test_the_watchdog_restarts_one_that_hangs_and_leaves_one_that_works(self):
        drop_in = root / "etc/systemd/system/ecs-logs.service.d/watchdog.conf"
        drop_in.write_text("[Service]\nWatchdogSec=2\n", encoding="utf-8")
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "restart", "ecs-logs")

        def undo():
            drop_in.unlink()
            machine.run("systemctl", "daemon-reload")
            machine.run("systemctl", "restart", "ecs-logs")

        self.addCleanup(undo)
        before = show("MainPID")
        started = int(show("ActiveEnterTimestampMonotonic"))
        until("it to have fed the watchdog for three times its patience", lambda: int(show("WatchdogTimestampMonotonic")) > started + 6_000_000, 60, 0.5)
        self.assertEqual(show("MainPID"), before, "the watchdog bit an agent that works")
        machine.run("kill", "-STOP", before)
        until("the watchdog to restart the agent", lambda: show("MainPID") not in (before, "0") and show("ActiveState") == "active", 60, 0.5)
        self.assertEqual(show("NRestarts"), "1")
        self.assertIn("Watchdog timeout", machine.run("journalctl", "--unit=ecs-logs", "--quiet").stdout)
        container("unit-watchdog-1", "/stack/unit/watchdog", "echo watchdog id=watchdog-1")
        until("the new one to ship", lambda: cloud.last("/stack/unit/watchdog", "unit-watchdog-1"), 60)


if __name__ == "__main__":
    unittest.main()
