#!/usr/bin/env python3
"""What can be said of modules and examples by reading them: B1, B2, B5 and the house's rules for variables and outputs.

usage: sources.py      (needs no Terraform)
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRONG = []

# B5: what the default stack and a service may consist of: nothing that runs code of ours in AWS.
FORBIDDEN = re.compile(r'^resource "(aws_lambda_\w+|aws_cloudformation_\w+|null_resource|local_\w+|random_\w+|tls_\w+)"', re.MULTILINE)


def wrong(where, what):
    WRONG.append(f"{where}: {what}")


def blocks(text, kind):
    """(name, body) of top-level blocks of a kind in formatted HCL."""
    for match in re.finditer(rf'^{kind} "([^"]+)" \{{\n(.*?)^\}}', text, re.MULTILINE | re.DOTALL):
        yield match.group(1), match.group(2)


def check_module(folder):
    where = folder.relative_to(ROOT)
    for name in ("main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"):
        if not (folder / name).is_file():
            wrong(where, f"B1: no {name}")
    if not list(folder.glob("tests/*.tftest.hcl")):
        wrong(where, "no tests/*.tftest.hcl")

    text = {file.name: file.read_text() for file in folder.glob("*.tf")}
    for name, body in text.items():
        if name == "main.tf" and not body.startswith(("#", "/*")):
            wrong(f"{where}/{name}", "does not open with what it is for")
        if found := FORBIDDEN.search(body):
            wrong(f"{where}/{name}", f"B5: {found.group(1)}")
        if re.search(r'^provider "', body, re.MULTILINE):
            wrong(f"{where}/{name}", "a module must not configure a provider")
    versions = text.get("versions.tf", "")
    if 'required_version = ">= 1.9' not in versions:
        wrong(where, "does not ask for Terraform 1.9")
    sources = set(re.findall(r'source\s+= "([a-z]+/[a-z]+)"', versions))
    if sources - {"hashicorp/aws"}:
        wrong(where, f"B5: providers {sorted(sources)}")
    if sources and '">= 5.100.0, < 7.0.0"' not in versions:
        wrong(where, "does not take AWS provider 5.100 to 6")

    everything = "".join(text.values())
    for name, body in blocks(text.get("variables.tf", ""), "variable"):
        if not re.search(rf"\bvar\.{name}\b", everything.replace(body, "")):
            wrong(f"{where}: variable {name}", "is not used")
        for needed in ("description", "type"):
            if not re.search(rf"^  {needed}\s+=", body, re.MULTILINE):
                wrong(f"{where}: variable {name}", f"no {needed}")
        if name.startswith("create_") and re.search(r"^  type\s+= bool", body, re.MULTILINE) and name not in ALLOWED_CREATE:
            wrong(f"{where}: variable {name}", "a create_ toggle")
        for message in re.findall(r'^    error_message = (".*")$', body, re.MULTILINE):
            if not message.endswith(('."', '?"', '}"')):
                wrong(f"{where}: variable {name}", f"its refusal is no sentence: {message}")
    for name, body in blocks(text.get("outputs.tf", ""), "output"):
        if not re.search(r"^  description\s+=", body, re.MULTILINE):
            wrong(f"{where}: output {name}", "no description")
    others = "".join(body for name, body in text.items() if name not in ("variables.tf", "outputs.tf"))
    for kind in ("variable", "output"):
        for name, _ in blocks(others, kind):
            wrong(f"{where}: {kind} {name}", f"does not stand in {kind}s.tf")


# Permissions and keys, not parts of a module.
ALLOWED_CREATE = {"create_log_groups", "create_access_key"}


def check_quickstart():
    """B2: five lines between the braces at most, and nothing else to be given."""
    text = (ROOT / "examples/quickstart/main.tf").read_text()
    stacks = [body for name, body in blocks(text, "module") if "modules/stack" in body]
    lines = [line for line in stacks[0].splitlines() if line.strip()] if stacks else []
    if len(stacks) != 1 or not 3 <= len(lines) <= 5:
        wrong("examples/quickstart", f"B2: the stack takes {len(lines)} lines")
    inputs = dict(blocks((ROOT / "modules/stack/variables.tf").read_text(), "variable"))
    required = sorted(name for name, body in inputs.items() if not re.search(r"^  default\s+=", body, re.MULTILINE))
    if required != ["environment", "name"]:
        wrong("modules/stack", f"B2: required inputs {required}")


# What runs containers: the outer ones pass their inputs on to the inner ones.
FAMILY = ["task", "ecs-service", "service", "web-service", "worker", "scheduled-task"]
# Inputs that mean another thing, or have another default, in some of them.
DIFFERENT = {
    "stack": "each takes of the stack what it uses",
    "desired_count": "two behind a load balancer, so that one can go",
    "vpc_id": "of the tasks, or of the load balancer too",
    "subnet_ids": "of the tasks, or of the load balancer",
    "security_groups": "of the tasks, or of the load balancer",
    "load_balancer": "a host name, or several",
    "certificate": "web-service can make it",
}
# Inputs of the inner module that the outer one gives itself or has no use for.
KEPT = {
    "family", "fargate", "log_kms_key_arn", "privileged", "ports", "load_balancers", "load_balancer_security_groups",
    "request_resource_label",
}
KEPT_BY = {
    "service": {"health_check"}, "web-service": {"health_check"}, "worker": {"health_check_grace_period"},
    "scheduled-task": {"health_check", "enable_execute_command"},
}


def check_family():
    """An input has one meaning in all modules that run containers, and none is lost on the way in. Refusals stand once,
    in the module that uses the value."""
    heads = {}
    for module in FAMILY:
        for name, body in blocks((ROOT / f"modules/{module}/variables.tf").read_text(), "variable"):
            heads.setdefault(name, {})[module] = re.sub(r"^  validation \{\n.*?^  \}\n", "", body, flags=re.MULTILINE | re.DOTALL).strip()
    for name, found in heads.items():
        if name not in DIFFERENT and len(set(found.values())) > 1:
            wrong(f"variable {name}", f"is not the same in {', '.join(found)}")
    for outer, inner in [("service", "ecs-service"), ("web-service", "ecs-service"), ("worker", "ecs-service"), ("scheduled-task", "task")]:
        lost = {name for name, found in heads.items() if inner in found and outer not in found} - KEPT - KEPT_BY.get(outer, set())
        if lost:
            wrong(f"modules/{outer}", f"does not pass on what {inner} takes: {', '.join(sorted(lost))}")


def check_user_data():
    """The scripts that instances run are shell that shellcheck has nothing against."""
    for file in sorted((ROOT / "modules/user-data/tests/golden").glob("*.sh")):
        done = subprocess.run(["bash", "-n", file], capture_output=True, text=True)
        if done.returncode != 0:
            wrong(file.relative_to(ROOT), done.stderr.strip())


def main():
    folders = sorted(folder for folder in (ROOT / "modules").iterdir() if folder.is_dir())
    for folder in folders:
        check_module(folder)
    check_quickstart()
    check_family()
    check_user_data()
    for line in WRONG:
        print(line, file=sys.stderr)
    print(f"sources: {len(folders)} modules read, {len(WRONG)} faults")
    sys.exit(1 if WRONG else 0)


if __name__ == "__main__":
    main()
