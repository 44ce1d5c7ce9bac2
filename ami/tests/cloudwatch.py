"""cloudwatch-local beside a machine under test, in the machine's own network, and a reader of what it has got.

A thread may enter another network namespace, so boto3 reads from here what listens in there."""

import contextlib
import ctypes
import os
import subprocess
import urllib.request

import boto3

from harness import CREDENTIALS, TARGET, end, listens, until

PORT = 4586
METRICS = 4587
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def network_of(pid):
    """This thread's new sockets belong to the network namespace of a process, until the end of the block."""

    def enter(descriptor):
        if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"setns: {os.strerror(number)}")

    with open("/proc/thread-self/ns/net", "rb") as home, open(f"/proc/{pid}/ns/net", "rb") as there:
        enter(there.fileno())
        try:
            yield
        finally:
            enter(home.fileno())


class CloudWatch:
    """Listens at 127.0.0.1:PORT in the network of process `pid`. Its own log goes to the file `log`."""

    def __init__(self, pid, log):
        self.pid = pid
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                ["nsenter", "--target", str(pid), "--net", "--", TARGET / "release/cloudwatch-local", "--listen", f"127.0.0.1:{PORT}", "--credentials", "testing:testing"],
                stdout=output, stderr=subprocess.STDOUT,
            )
        with network_of(pid):
            until("cloudwatch-local to listen", lambda: listens(PORT))
        self.logs = boto3.client(
            "logs", region_name="us-west-2", endpoint_url=f"http://127.0.0.1:{PORT}",
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"], aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def close(self):
        end(self.process)

    def streams(self):
        """Every (group, stream)."""
        with network_of(self.pid):
            groups = [g["logGroupName"] for page in self.logs.get_paginator("describe_log_groups").paginate() for g in page["logGroups"]]
            pages = self.logs.get_paginator("describe_log_streams")
            return [(group, s["logStreamName"]) for group in groups for page in pages.paginate(logGroupName=group) for s in page["logStreams"]]

    def messages(self, group, stream):
        """Texts of all events of a stream, oldest first; none when it is not there."""
        messages, token = [], None
        with network_of(self.pid), contextlib.suppress(self.logs.exceptions.ResourceNotFoundException):
            while True:
                more = {"nextToken": token} if token else {}
                page = self.logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **more)
                messages += [event["message"] for event in page["events"]]
                if page["nextForwardToken"] == token:
                    break
                token = page["nextForwardToken"]
        return messages

    def last(self, group, stream):
        """Text of a stream's newest event, or nothing."""
        with network_of(self.pid):
            try:
                events = self.logs.get_log_events(logGroupName=group, logStreamName=stream, limit=1)["events"]
            except self.logs.exceptions.ResourceNotFoundException:
                return ""
        return events[0]["message"] if events else ""

    def all(self):
        """{(group, stream): texts of its events}."""
        return {key: self.messages(*key) for key in self.streams()}

    def metric(self, name):
        """A metric of the agent, which serves them at METRICS in the same network."""
        with network_of(self.pid), urllib.request.urlopen(f"http://127.0.0.1:{METRICS}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"ecs_logs_{name} "))
