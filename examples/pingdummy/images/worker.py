"""The worker: reads the beacon's total every INTERVAL_SECONDS and logs by how much it grew. Listens on nothing."""

import os
import signal
import threading

from lines import fetch, log


def report(beacon, before):
    """One round: logs the total and its growth; gives the total, or what it was when the beacon does not answer."""
    try:
        _, answer = fetch(f"{beacon}/total")
    except OSError as fault:
        log("WARN", "the beacon does not answer", fault=str(fault))
        return before
    log("INFO", "pings", total=answer["pings"], new=answer["pings"] - (before or 0))
    return answer["pings"]


if __name__ == "__main__":
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    total = None
    while not stop.is_set():
        total = report(os.environ["BEACON_URL"], total)
        stop.wait(float(os.environ.get("INTERVAL_SECONDS", "60")))
    log("INFO", "stopped")
