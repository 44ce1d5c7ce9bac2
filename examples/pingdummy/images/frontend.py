"""The frontend: a page that pings the beacon at BEACON_URL and says how many pings there were. Listens on 3000."""

import os

from lines import fetch, serve


def routes(beacon):
    def page():
        _, answer = fetch(f"{beacon}/ping")
        return 200, "text/html", f"<!doctype html><title>pingdummy</title><h1>{answer['pings']} pings</h1>\n"

    return {"/": page, "/healthz": lambda: (200, "text/plain", "ok\n")}


if __name__ == "__main__":
    serve(3000, routes(os.environ["BEACON_URL"]))
