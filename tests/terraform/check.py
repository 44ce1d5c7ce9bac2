#!/usr/bin/env python3
"""Format, validity and tests of all Terraform here: every module and example, two at a time.

usage: check.py [--jobs N] [FOLDER...]     (default: every folder of modules/ and examples/)

For each folder: terraform init, validate, test (of those that have tests). Without the AWS provider only what
needs none is run, and the rest is named as skipped.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import workspace  # noqa: E402
from workspace import Failed, terraform  # noqa: E402


def check(folder):
    """Gives what was done, in words; raises Failed."""
    workspace.init(folder)
    terraform(folder, "validate")
    if not any(folder.glob("tests/*.tftest.hcl")):
        return "valid"
    _, text = terraform(folder, "test")
    return next(line for line in reversed(text.splitlines()) if "passed" in line).lower().rstrip(".")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="such as modules/vpc")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="folders at a time; each takes about 0.6 GiB")
    args = parser.parse_args()

    workspace.terraform_or_exit()
    failed = []
    for part in ("modules", "examples"):
        try:
            if (workspace.ROOT / part).is_dir():
                terraform(workspace.ROOT, "fmt", "-check", "-diff", "-recursive", part)
        except Failed as fault:
            failed.append(f"fmt {part}")
            print(f"{part}: FAILED: {fault}", file=sys.stderr)

    scratch = Path(tempfile.mkdtemp(prefix="stack-terraform-"))
    workspace.end_with_children(scratch)
    try:
        fault = workspace.provider_fault(scratch)
        workspace.copy(scratch)
        folders = [scratch / name.rstrip("/") for name in args.folders] or sorted(
            folder for part in ("modules/*", "examples/*", "examples/*/bootstrap") for folder in scratch.glob(part) if any(folder.glob("*.tf"))
        )
        for folder in folders:
            if not folder.is_dir():
                parser.error(f"no folder {folder.relative_to(scratch)}")
        if fault:
            without = [folder for folder in folders if workspace.needs_provider(folder)]
            workspace.skip(
                f"{len(without)} of {len(folders)} Terraform modules and examples: the AWS provider cannot be had ({fault}); "
                "set TF_PLUGIN_DIR to a mirror that has it"
            )
            folders = [folder for folder in folders if folder not in without]

        begin = time.monotonic()
        with ThreadPoolExecutor(args.jobs) as pool:
            runs = {pool.submit(timed, folder): folder.relative_to(scratch) for folder in folders}
            for run in as_completed(runs):
                try:
                    words, seconds = run.result()
                    print(f"{runs[run]}: {words} ({seconds:.0f} s)", flush=True)
                except Failed as fault:
                    failed.append(str(runs[run]))
                    print(f"{runs[run]}: FAILED: {fault}", file=sys.stderr, flush=True)
        print(f"terraform: {len(folders)} folders in {time.monotonic() - begin:.0f} s, failed: {', '.join(failed) or 'none'}")
    finally:
        shutil.rmtree(scratch)
    sys.exit(1 if failed else 0)


def timed(folder):
    begin = time.monotonic()
    return check(folder), time.monotonic() - begin


if __name__ == "__main__":
    main()
