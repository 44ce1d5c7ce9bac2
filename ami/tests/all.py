"""Runs the image's test programs side by side, one image for all of them, and prints what each said when it is through.

`all.py [PROGRAM…]`; exit code 1 when one failed. Interrupted, it lets them end their machines."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = ["test_boot", "test_unit", "test_image", "test_tools"]


def start(program, shared):
    log = open(shared / f"{program}.log", "w+b")
    process = subprocess.Popen(
        [sys.executable, HERE / f"{program}.py", "--verbose"], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        env={**os.environ, "STACK_IMAGE": str(shared)},
        start_new_session=True,  # a terminal's interrupt reaches it once, from us
    )
    return process, log


def main():
    programs = sys.argv[1:] or PROGRAMS
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    begin, failed = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="stack-image-", ignore_cleanup_errors=True) as folder:
        running = {program: start(program, pathlib.Path(folder)) for program in programs}
        try:
            while running:
                ended = [program for program, (process, _) in running.items() if process.poll() is not None]
                for program in ended:
                    process, log = running.pop(program)
                    log.seek(0)
                    print(f"--- {program}, {time.monotonic() - begin:.0f} s", flush=True)
                    sys.stdout.buffer.write(log.read())
                    sys.stdout.flush()
                    if process.returncode != 0:
                        failed.append(program)
                time.sleep(0.2)
        except KeyboardInterrupt:
            for process, _ in running.values():
                process.send_signal(signal.SIGINT)
            for process, _ in running.values():
                process.wait()
            return 130
    if failed:
        print(f"image: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
