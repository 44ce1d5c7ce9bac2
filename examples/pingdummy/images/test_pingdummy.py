"""The three programs together, without containers: python3 -m unittest discover --start-directory examples/pingdummy/images"""

import contextlib
import io
import json
import threading
import unittest
import urllib.request

import beacon
import frontend
import worker
from lines import fetch, server


@contextlib.contextmanager
def running(routes):
    """A server on a port of its own; gives its URL."""
    httpd = server(0, routes)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}"
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


class Pingdummy(unittest.TestCase):
    def setUp(self):
        self.said = io.StringIO()
        redirect = contextlib.redirect_stdout(self.said)
        redirect.__enter__()
        self.addCleanup(redirect.__exit__, None, None, None)

    def lines(self):
        return [json.loads(line) for line in self.said.getvalue().splitlines()]

    def test_each_visit_is_a_ping_that_the_worker_reports(self):
        with running(beacon.routes(beacon.Memory())) as url, running(frontend.routes(url)) as site:
            for _ in range(2):
                with contextlib.closing(urllib.request.urlopen(site)) as page:
                    text = page.read().decode()
            self.assertIn("2 pings", text)
            self.assertEqual(worker.report(url, 1), 2)
        self.assertIn({"total": 2, "new": 1}, [line["data"] for line in self.lines() if line["message"] == "pings"])

    def test_every_line_is_json_with_level_time_and_message(self):
        with running(beacon.routes(beacon.Memory())) as url:
            fetch(f"{url}/ping")
        self.assertTrue(self.lines())
        for line in self.lines():
            self.assertEqual(sorted(line), ["data", "level", "message", "time"])

    def test_a_beacon_that_is_away_is_a_502_and_a_warning(self):
        away = "http://127.0.0.1:9"
        with running(frontend.routes(away)) as site:
            with self.assertRaisesRegex(OSError, "502"):
                fetch(site)
        self.assertEqual(worker.report(away, 7), 7)
        self.assertEqual({"ERROR", "INFO", "WARN"}, {line["level"] for line in self.lines()})

    def test_health_needs_nobody_else(self):
        with running(frontend.routes("http://127.0.0.1:9")) as site:
            with contextlib.closing(urllib.request.urlopen(f"{site}/healthz")) as answer:
                self.assertEqual(answer.status, 200)


if __name__ == "__main__":
    unittest.main()
