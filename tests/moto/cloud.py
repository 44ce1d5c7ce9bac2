"""A moto server of our own: started on a free port, asked with boto3, ended with its run."""

import re
import socket
import subprocess
import sys
import time
import urllib.request
from functools import cache
from pathlib import Path

import boto3
import workspace

REGION = "us-west-2"
ACCOUNT = "123456789012"


class Cloud:
    def __init__(self, log):
        self.log = Path(log)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        with self.log.open("w") as log:
            self.server = workspace.start(
                [sys.executable, Path(__file__).parent / "server.py", "-H", "127.0.0.1", "-p", str(self.port)],
                stdout=log, stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/moto-api/", timeout=5).read()
                return self
            except OSError:
                if self.server.poll() is not None or time.monotonic() > deadline:
                    self.server.kill()
                    raise RuntimeError(f"moto does not answer on {self.url}:\n{self.log_tail()}") from None
                time.sleep(0.1)

    def __exit__(self, *_):
        self.server.terminate()
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()

    def environment(self):
        """What makes the provider talk to this moto and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": REGION,
            "AWS_MAX_ATTEMPTS": "3",
        }

    @cache
    def client(self, service, region=REGION):
        return boto3.client(
            service, region_name=region, endpoint_url=self.url, aws_access_key_id="test", aws_secret_access_key="test"
        )

    def task_definitions(self):
        """ARNs of all revisions, active or not."""
        ecs = self.client("ecs")
        return {
            arn
            for status in ("ACTIVE", "INACTIVE")
            for page in ecs.get_paginator("list_task_definitions").paginate(status=status)
            for arn in page["taskDefinitionArns"]
        }

    def log_tail(self):
        """The last lines that moto wrote, without requests that went well or asked for what is not there, as the provider does."""
        lines = [line for line in self.log.read_text().splitlines() if not re.search(r'" [234]\d\d -$', line)]
        return "\n".join(lines[-40:])
