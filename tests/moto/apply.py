#!/usr/bin/env python3
"""Applies examples on moto, changes one image tag, destroys them, and asserts what stands in between.

usage: apply.py [--jobs N] [--keep] [EXAMPLE...]     (default: all of EXAMPLES below, 3 at a time)

Each example has a moto and a port of its own:
apply → criteria → plan: empty → another image tag: one new task definition, one service updated → plan: empty
→ destroy → nothing left but task definition revisions. Needs boto3 and moto[server] in the Python that runs it.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "terraform")]

import criteria  # noqa: E402
import workspace  # noqa: E402
from cloud import Cloud  # noqa: E402
from leftovers import leftovers  # noqa: E402
from workspace import Failed, terraform  # noqa: E402

# Example → the variables of the second apply, and what must be true in between.
EXAMPLES = {
    "quickstart": {
        "change": {"image_tag": "1.31.1"},
        "criteria": ["B4", "B9", "B10", "B11", "B12", "B15", "B16", "B33", "B35", "secrets"],
        "keeps_revisions": True,
    },
    "byo-vpc": {
        "change": {"image_tag": "1.31.1"},
        "criteria": ["B12", "secrets"],
        # Another capacity provider is a deployment, not a new service.
        "updates": [({"capacity_provider": "FARGATE_SPOT"}, "aws_ecs_service")],
        "scales": "nginx",
    },
    "pingdummy": {
        "change": {"image_tag": "1.31.1"},
        "criteria": ["B9", "B10", "B11", "B12", "B15", "B16", "B19", "B21", "B22", "B24", "B25", "B26", "B33", "B35", "secrets"],
    },
}


class Run:
    """One example from apply to destroy."""

    def __init__(self, name, root):
        self.name = name
        self.plan = EXAMPLES[name]
        self.folder = root / "examples" / name
        self.start = time.monotonic()

    def say(self, text):
        print(f"{self.name}: {time.monotonic() - self.start:4.0f} s  {text}", flush=True)

    def all(self, keep):
        with Cloud(self.folder.parent / f"{self.name}.moto.log") as cloud:
            self.cloud = cloud
            self.env = workspace.environment(**cloud.environment())
            try:
                self.steps()
            except Failed as fault:
                raise Failed(f"{fault}\n--- the end of moto's log\n{cloud.log_tail()}") from None
            finally:
                if keep:
                    input(f"{self.name}: moto listens on {cloud.url}; Enter ends it\n")

    def steps(self):
        workspace.init(self.folder)
        begin = time.monotonic()
        _, text = terraform(self.folder, "apply", "-auto-approve", env=self.env)
        stands = self.state()
        self.say(f"applied {len(stands)} resources in {time.monotonic() - begin:.0f} s; longest: {slowest(text)}")

        # The rest is worth seeing even when one does not hold.
        wrong = []
        stand = criteria.Stand(self.cloud, stands, self.outputs(), terraform(self.folder, "graph", env=self.env)[1])
        for number in self.plan["criteria"]:
            try:
                criteria.CRITERIA[number](stand)
            except AssertionError as fault:
                wrong.append(str(fault))
        self.say(f"{len(self.plan['criteria']) - len(wrong)} of {' '.join(self.plan['criteria'])} hold")

        self.assert_changes({}, "after apply", {})
        for variables, kind in self.plan.get("updates", []):
            self.assert_changes(variables, f"with {variables}", {kind: ["update"]})
        if service := self.plan.get("scales"):
            self.turn_autoscaling_on(service)
        revisions = self.cloud.task_definitions()

        change = [f"-var={key}={value}" for key, value in self.plan["change"].items()]
        self.assert_changes(
            self.plan["change"], "B8: with another image tag",
            {"aws_ecs_task_definition": ["create"], "aws_ecs_service": ["update"]},
        )
        terraform(self.folder, "apply", "-auto-approve", *change, env=self.env)
        made = self.cloud.task_definitions() - revisions
        if len(made) != 1:
            raise Failed(f"B8: another image tag made {len(made)} task definition revisions: {sorted(made)}")
        self.say(f"B8: one image tag changed: {made.pop().split('/')[-1]} and one service updated")
        if self.plan.get("keeps_revisions"):
            active = set(self.cloud.client("ecs").list_task_definitions(status="ACTIVE")["taskDefinitionArns"])
            if not revisions <= active:
                raise Failed(f"B30: a deployment cannot be rolled back to {sorted(revisions - active)}, which is not active")
        self.assert_changes(self.plan["change"], "after the change", {})

        terraform(self.folder, "destroy", "-auto-approve", *change, env=self.env)
        left = leftovers(self.cloud, [v["name"] for _, kind, v in stands if kind == "aws_ecs_capacity_provider"])
        if left:
            raise Failed("destroy left behind:\n  " + "\n  ".join(left))
        self.say("destroyed; nothing is left but task definition revisions")
        if wrong:
            raise Failed("\n".join(wrong))

    def turn_autoscaling_on(self, service):
        """docs/day-two.md: the standing service moves in the state and is neither ended nor made again."""
        override = self.folder / "autoscaling_override.tf"
        override.write_text(f'module "{service}" {{\n  autoscaling = {{ min = 1, max = 2, cpu = 60 }}\n}}\n')
        addresses = [f'module.{service}.module.ecs.aws_ecs_service.{name}["{service}"]' for name in ("service", "scaled")]
        terraform(self.folder, "state", "mv", *addresses, env=self.env)
        self.assert_changes({}, "with autoscaling", {"aws_appautoscaling_target": ["create"], "aws_appautoscaling_policy": ["create"]})
        terraform(self.folder, "state", "mv", *reversed(addresses), env=self.env)
        override.unlink()

    def assert_changes(self, variables, when, expected):
        """Plans, and wants exactly the expected changes: {type: actions}; a replaced task definition counts as created."""
        args = [f"-var={key}={value}" for key, value in variables.items()]
        terraform(self.folder, "plan", "-out=plan", *args, env=self.env)
        _, text = terraform(self.folder, "show", "-json", "plan", env=self.env)
        found = {}
        for change in json.loads(text).get("resource_changes", []):
            actions = [action for action in change["change"]["actions"] if action not in ("no-op", "read")]
            if actions:
                found.setdefault(change["type"], []).append((change["address"], actions))
        wanted = {kind: 1 for kind in expected}
        counts = {kind: len(changes) for kind, changes in found.items()}
        right = counts == wanted and all(set(expected[kind]) <= set(changes[0][1]) for kind, changes in found.items())
        if not right:
            _, plan = terraform(self.folder, "show", "plan", env=self.env)
            raise Failed(f"{when}: expected {expected or 'no changes'}, the plan has {found}\n{plan}")

    def state(self):
        """Every resource of the state: [(address, type, values)]."""
        _, text = terraform(self.folder, "show", "-json", env=self.env)
        found, todo = [], [json.loads(text)["values"]["root_module"]]
        while todo:
            module = todo.pop()
            todo += module.get("child_modules", [])
            found += [(r["address"], r["type"], r["values"]) for r in module.get("resources", []) if r["mode"] == "managed"]
        return found

    def outputs(self):
        _, text = terraform(self.folder, "output", "-json", env=self.env)
        return {name: output["value"] for name, output in json.loads(text).items()}


def slowest(text):
    """The two resources that took longest to make, from what apply said."""
    found = re.findall(r"^(\S+): Creation complete after (?:(\d+)m)?(\d+)s", text, re.MULTILINE)
    times = sorted(((int(minutes or 0) * 60 + int(seconds), address) for address, minutes, seconds in found), reverse=True)
    return ", ".join(f"{address.split('.')[-2]} {seconds} s" for seconds, address in times[:2])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("examples", nargs="*", metavar="EXAMPLE")
    parser.add_argument("--jobs", type=int, default=3, help="examples at a time; each takes about 0.6 GiB (default: 3)")
    parser.add_argument("--keep", action="store_true", help="wait for Enter before an example's moto ends")
    args = parser.parse_args()
    for name in args.examples:
        if name not in EXAMPLES:
            parser.error(f"no example {name}: take {', '.join(EXAMPLES)}")

    workspace.terraform_or_exit()
    scratch = Path(tempfile.mkdtemp(prefix="stack-moto-"))
    workspace.end_with_children(scratch)
    failed = []
    try:
        if fault := workspace.provider_fault(scratch):
            workspace.skip(f"examples on moto: the AWS provider cannot be had ({fault}); set TF_PLUGIN_DIR to a mirror that has it")
            return
        names = args.examples or list(EXAMPLES)
        with ThreadPoolExecutor(args.jobs) as pool:
            runs = []
            for name in names:
                # A copy each: two runs of one folder would share its state.
                root = scratch / name
                root.mkdir()
                workspace.copy(root)
                runs.append((name, pool.submit(Run(name, root).all, args.keep)))
            for name, run in runs:
                try:
                    run.result()
                except Exception as fault:  # one that fails must not hide how the others went
                    failed.append(name)
                    if not isinstance(fault, Failed):
                        traceback.print_exception(fault)
                    print(f"{name}: FAILED: {fault}", file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(scratch)
    print(f"moto: {len(names) - len(failed)} examples passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
