"""Three boots of the built image in qemu: everyday lines and an orderly reboot in a burst, a pulled plug, a long burst."""

import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import boot  # noqa: E402
import image  # noqa: E402
from cloudwatch import CloudWatch  # noqa: E402

ID = re.compile(r"id=([a-z0-9]+-\d+)")


def ids(texts):
    """The numbers that the self-test's lines carry."""
    return {found.group(1) for found in map(ID.search, texts) if found}


class Boot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        root = image.copy("boot-root")
        boot.prepare_boot(root)
        place = image.folder() / "boot"
        place.mkdir()
        namespace = boot.Namespace()
        cls.addClassCleanup(namespace.close)
        cls.cloud = CloudWatch(namespace.pid, place / "cloudwatch.log")
        cls.addClassCleanup(cls.cloud.close)
        cls.machine = boot.Qemu(namespace, root, place)
        cls.addClassCleanup(cls.machine.pull_the_plug)

    def test_docker_logs_arrive_through_reboot_power_cut_and_burst(self):
        machine = self.machine
        machine.boot()
        self.assertEqual(machine.wait_for("phase 1", 600), "phase 1, ecs-logs active, docker active, failed: none")
        machine.wait_for("reboot", 600)
        machine.wait_down(300)
        self.assert_all_arrived("after an orderly reboot in a burst", {"ecs-burst-1", "ecs-web-1", "ecs-web-2", "ecs-long-1", "ecs-last-1"})
        self.assert_everyday_lines(self.cloud.all())

        machine.boot()
        machine.wait_for("pull the plug", 600)
        machine.pull_the_plug()

        machine.boot()
        machine.wait_for("done", 1200)
        machine.wait_down(300)
        spoken = " ".join(machine.said())
        self.assertIn("many 200000 ", spoken + " ")
        limit, peak, restarts, kills = map(int, re.search(r"memory-limit (\d+) peak (\d+) restarts (\d+) kills (\d+)", spoken).groups())
        self.assertLessEqual(peak, limit)
        self.assertEqual((restarts, kills), (0, 0))
        print(f"memory of the unit: peak {peak / 2**20:.0f} MiB of {limit / 2**20:.0f} MiB", file=sys.stderr)
        accepted = self.assert_all_arrived("after a power cut and a burst of 200,000 lines", {"ecs-many-1"})
        # A file that grew in the last moment may be none that journald reads again: the journal has lost it, we have not.
        self.assertGreater(len(accepted.get("ecs-burst-2", ())), 0)
        self.assertEqual(len(accepted["ecs-many-1"]), 200_000)

    def assert_everyday_lines(self, streams):
        def events(group, stream):
            return [json.loads(message) for message in streams[(group, stream)]]

        self.assertEqual({key for key in streams if key[0].startswith(("/stack/test/", "/pingdummy/"))}, {
            ("/pingdummy/prod/beacon", "ecs-pingdummy-beacon-1"), ("/pingdummy/prod/frontend", "ecs-pingdummy-frontend-1"),
            ("/pingdummy/prod/worker", "ecs-pingdummy-worker-1"), ("/stack/test/web", "ecs-web-1"), ("/stack/test/web", "ecs-web-2"),
            ("/stack/test/long", "ecs-long-1"), ("/stack/test/last", "ecs-last-1"), ("/stack/test/burst", "ecs-burst-1"),
        })
        web = events("/stack/test/web", "ecs-web-1")
        self.assertEqual({event["message"]: event["level"] for event in web}, {
            **{f"plain id=web1-{n}": "INFO" for n in range(1, 6)}, "json id=web1-6": "WARN", "stderr id=web1-7": "ERROR",
        })
        self.assertEqual([event["data"] for event in web if event["message"] == "json id=web1-6"], [{"n": 1}])
        self.assertEqual([event["message"] for event in events("/stack/test/web", "ecs-web-2")], [f"plain id=web2-{n}" for n in range(1, 6)])
        long = [event["message"] for event in events("/stack/test/long", "ecs-long-1")]
        self.assertEqual(long, [f"id=long-{n} {'x' * 40000} end" for n in (1, 2, 3)], "the pieces of a long line are one event again")
        last = [event["message"] for event in events("/stack/test/last", "ecs-last-1")]
        self.assertEqual(last, ["last id=last-1", "last id=last-2"], "lines printed while the machine goes down")
        frontend = events("/pingdummy/prod/frontend", "ecs-pingdummy-frontend-1")
        self.assertEqual([event["message"] for event in frontend], ["listening", *["request"] * (len(frontend) - 2), "stopped"])
        self.assertEqual(frontend[-2]["data"]["path"], "/")
        worker = [event["message"] for event in events("/pingdummy/prod/worker", "ecs-pingdummy-worker-1")]
        self.assertIn("pings", worker)

    def assert_all_arrived(self, when, containers):
        """Every line that the journal on the disk holds was accepted, in the stream of its container and in no other."""
        stored = {name: ids(texts) for name, texts in self.machine.journal(containers).items()}
        self.assertEqual({name for name in containers if not stored.get(name)}, set(), f"{when}: not in the journal")
        accepted = {}
        for (_, stream), texts in self.cloud.all().items():
            accepted.setdefault(stream, set()).update(ids(texts))
        for stream, lines in stored.items():
            missing = lines - accepted.get(stream, set())
            self.assertEqual(sorted(missing)[:10], [], f"{when}: {len(missing)} of {len(lines)} lines of {stream} did not arrive")
        kinds = {stream: {line.split("-")[0] for line in lines} for stream, lines in stored.items()}
        for stream, lines in accepted.items():
            foreign = {line.split("-")[0] for line in lines} - kinds.get(stream, set())
            if stream != "ecs-burst-2":  # which a power cut may have taken out of the journal
                self.assertEqual(foreign, set(), f"{when}: lines of others in {stream}")
        print(f"{when}: " + ", ".join(f"{name} {len(stored.get(name, ()))} of {len(accepted.get(name, ()))}" for name in sorted(accepted)), file=sys.stderr)
        return accepted


if __name__ == "__main__":
    unittest.main()
