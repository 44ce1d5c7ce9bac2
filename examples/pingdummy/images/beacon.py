"""The beacon: counts pings, in Postgres when DATABASE_URL says where, else in memory. Listens on 3001."""

import json
import os
import threading

from lines import serve


class Memory:
    """Counts for as long as the program runs."""

    def __init__(self):
        self.count, self.lock = 0, threading.Lock()

    def ping(self):
        with self.lock:
            self.count += 1
            return self.count

    def total(self):
        return self.count


class Postgres:
    """Counts for as long as the database stands; a connection for each ping, for there are few."""

    def __init__(self, url, password):
        import psycopg  # Only here: in memory the program needs nothing but Python.

        self.open = lambda: psycopg.connect(url, password=password, sslmode="require", connect_timeout=5)
        self.fault = psycopg.Error

    def run(self, statement):
        """The first row of a statement's answer, with the table there; raises OSError when the database does not."""
        try:
            with self.open() as connection:
                connection.execute("create table if not exists pings (at timestamptz not null default now())")
                return connection.execute(statement).fetchone()
        except self.fault as fault:
            raise OSError(f"database: {fault}") from fault

    def ping(self):
        self.run("insert into pings default values returning at")
        return self.total()

    def total(self):
        return self.run("select count(*) from pings")[0]


def routes(store):
    def answer(count):
        return 200, "application/json", json.dumps({"pings": count}) + "\n"

    return {
        "/healthz": lambda: (200, "text/plain", "ok\n"),
        "/ping": lambda: answer(store.ping()),
        "/total": lambda: answer(store.total()),
    }


if __name__ == "__main__":
    url = os.environ.get("DATABASE_URL")
    serve(3001, routes(Postgres(url, os.environ["DATABASE_PASSWORD"]) if url else Memory()))
