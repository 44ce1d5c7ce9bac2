#!/usr/bin/env python3
"""See your stack without an AWS account: an example, applied on a local moto, changed, destroyed.

usage: try.py [EXAMPLE] [--graph FILE]     (default: quickstart; `make try EXAMPLE=pingdummy`)

Starts moto with our fixes, applies the example, prints its outputs, writes a Mermaid graph of what stands, shows the
plan of another image tag, and destroys everything. Nothing leaves this machine, and nothing stays but the graph.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "terraform")]

import workspace  # noqa: E402
from cloud import Cloud  # noqa: E402
from graph import mermaid  # noqa: E402
from workspace import Failed, terraform  # noqa: E402

TERMINAL = sys.stdout.isatty()


def step(text):
    print(f"\n\033[1m==> {text}\033[0m" if TERMINAL else f"\n==> {text}", flush=True)


def watched(folder, env, *args):
    """Runs terraform with a line that says how far it is; gives its output. Some resources take a minute by design."""
    process = workspace.start(
        ["terraform", args[0], "-no-color", *args[1:]], cwd=folder, env=env,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    lines, done, total, said, under_way = [], 0, 0, 0.0, {}
    begin = time.monotonic()
    for line in process.stdout:
        lines.append(line)
        if found := re.match(r"Plan: (\d+) to add, (\d+) to change, (\d+) to destroy", line):
            total = sum(map(int, found.groups()))
        elif found := re.match(r"(\S+): (Creating|Destroying|Modifying)\.\.\.", line):
            under_way[found.group(1)] = time.monotonic()
        elif found := re.match(r"(\S+): (Creation|Destruction|Modifications) complete", line):
            under_way.pop(found.group(1), None)
            done += 1
        now = time.monotonic()
        if now - said > (0.2 if TERMINAL else 15):
            said = now
            oldest = min(under_way, key=under_way.get, default="")
            waiting = f", waiting for {oldest.split('.')[-2]} for {now - under_way[oldest]:.0f} s" if oldest else ""
            text = f"    {now - begin:3.0f} s  {done} of {total or '?'}{waiting}"
            print(f"\r\033[K{text}" if TERMINAL else text, end="" if TERMINAL else "\n", flush=True)
    if TERMINAL:
        print("\r\033[K", end="")
    if process.wait() != 0:
        raise Failed(f"terraform {' '.join(args)}: exit code {process.returncode}\n{''.join(lines[-60:])}")
    print(f"    {time.monotonic() - begin:3.0f} s  {done} resources", flush=True)
    return "".join(lines)


def run(example, graph, scratch):
    workspace.copy(scratch)
    folder = scratch / "examples" / example
    print(f"A stack on this machine, by examples/{example}. It takes two to four minutes, most of it in waits that the AWS")
    print("provider makes for real load balancers and buckets; nothing is sent to AWS.")
    with Cloud(scratch / "moto.log") as cloud:
        env = workspace.environment(**cloud.environment())
        step(f"moto stands in for AWS on {cloud.url}")
        workspace.init(folder)

        step("terraform apply")
        watched(folder, env, "apply", "-auto-approve")
        _, outputs = terraform(folder, "output", env=env)
        step("terraform output")
        print(outputs.strip())

        _, state = terraform(folder, "show", "-json", env=env)
        graph.parent.mkdir(parents=True, exist_ok=True)
        graph.write_text(mermaid(json.loads(state)["values"]["root_module"]))
        step(f"what stands, as a Mermaid graph: {graph}")

        step("terraform plan -var image_tag=1.31.1: what a deployment would change")
        _, plan = terraform(folder, "plan", "-var=image_tag=1.31.1", env=env)
        print(small(plan))

        step("terraform destroy")
        watched(folder, env, "destroy", "-auto-approve")


def small(plan):
    """A plan's resources and its sum, without their arguments."""
    lines = [line.strip("# ").strip() for line in plan.splitlines() if re.match(r"  # .* (will|must) be ", line)]
    total = next((line for line in plan.splitlines() if line.startswith("Plan:")), "No changes.")
    return "\n".join(f"    {line}" for line in [*lines, total])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("example", nargs="?", default="quickstart")
    parser.add_argument("--graph", type=Path, help="where the graph goes (default: target/try/EXAMPLE.mmd)")
    args = parser.parse_args()
    if not (workspace.ROOT / "examples" / args.example).is_dir():
        names = ", ".join(sorted(folder.name for folder in (workspace.ROOT / "examples").iterdir() if folder.is_dir()))
        parser.error(f"no example {args.example}: take one of {names}")
    if shutil.which("terraform") is None:
        sys.exit("try: terraform is missing: https://developer.hashicorp.com/terraform/install")

    begin = time.monotonic()
    graph = args.graph or workspace.ROOT / "target" / "try" / f"{args.example}.mmd"
    scratch = Path(tempfile.mkdtemp(prefix="stack-try-"))
    workspace.end_with_children(scratch)
    try:
        if fault := workspace.provider_fault(scratch):
            sys.exit(f"try: the AWS provider cannot be had: {fault}; set TF_PLUGIN_DIR to a mirror that has it")
        run(args.example, graph, scratch)
    except Failed as fault:
        sys.exit(f"try: {fault}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"\nAll of it in {time.monotonic() - begin:.0f} s. Destroyed; moto has ended.")


if __name__ == "__main__":
    main()
