"""What the three programs share: log lines as JSON, a small HTTP server that ends when ECS says so, and a client."""

import json
import signal
import sys
import threading
import time
import urllib.request
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def log(level, message, **data):
    """One line on stdout, in the fields that ecs-logs knows."""
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    print(json.dumps({"level": level, "time": now, "message": message, "data": data}), file=sys.stdout, flush=True)


def fetch(url, timeout=5):
    """Status and JSON body of a GET; raises OSError when there is no good answer."""
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.status, json.load(answer)


def server(port, routes):
    """A server for {path: function() -> (status, content type, text)}; it logs each request with its time."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            start = time.monotonic()
            path = self.path.split("?")[0]
            try:
                status, kind, text = routes[path]() if path in routes else (404, "text/plain", "no such page\n")
            except OSError as fault:
                status, kind, text = 502, "text/plain", "a service that this one needs does not answer\n"
                log("ERROR", "request failed", path=path, fault=str(fault))
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if path != "/healthz":
                log("INFO", "request", path=path, status=status, milliseconds=round(1000 * (time.monotonic() - start)))

        def log_message(self, *_):
            pass  # log() above does it, as JSON.

    return ThreadingHTTPServer(("", port), Handler)


def serve(port, routes):
    """Serves until SIGTERM, and answers what it has begun."""
    httpd = server(port, routes)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=httpd.shutdown).start())
    log("INFO", "listening", port=port)
    httpd.serve_forever()
    httpd.server_close()
    log("INFO", "stopped")
