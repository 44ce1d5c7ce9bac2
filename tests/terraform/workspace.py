"""A copy of modules and examples to run Terraform in, and the AWS provider for it: what check.py and moto/apply.py share.

The provider comes from the folder TF_PLUGIN_DIR (a mirror as `terraform providers mirror` unpacks it), else from
where Terraform itself looks (its implied mirror folders, then a download, kept in target/).
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The version that everything is tried with; the modules allow all of 6 too.
AWS_PROVIDER = os.environ.get("STACK_AWS_PROVIDER", "5.100.0")

PINNED = f"""terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "{AWS_PROVIDER}"
    }}
  }}
}}
"""


# What runs for us, to be ended with us.
CHILDREN = set()


def start(command, **options):
    """A child process that ends when we are told to end."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
    CHILDREN.add(child)
    return child


def end_with_children(scratch):
    """On SIGTERM and SIGINT: ends what runs for us, removes the scratch folder, exits."""

    def end(number, _frame):
        for child in list(CHILDREN):
            if child.poll() is None:
                child.kill()
        shutil.rmtree(scratch, ignore_errors=True)
        os._exit(128 + number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


class Failed(Exception):
    """A command failed; the message is what it said."""


def environment(**more):
    """The environment of every Terraform run: quiet, without the user's own configuration of variables and backends."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("TF_VAR_", "TF_CLI_ARGS", "TF_WORKSPACE"))}
    # Terraform warns at each run about a configuration file that is named and missing.
    if not Path(env.get("TF_CLI_CONFIG_FILE", "/")).is_file():
        env.pop("TF_CLI_CONFIG_FILE", None)
    env |= {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "TF_INPUT": "0"}
    if "TF_PLUGIN_DIR" not in env:
        cache = ROOT / "target" / "terraform-plugins"
        cache.mkdir(parents=True, exist_ok=True)
        env.setdefault("TF_PLUGIN_CACHE_DIR", str(cache))
        env["TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"] = "true"
    return env | more


def terraform(folder, *args, env=None, allowed=(0,), timeout=900):
    """Runs terraform in a folder; gives (exit code, output). Raises Failed for other exit codes than `allowed`."""
    # The commands below `terraform state` have no colours and refuse the flag.
    plain = [] if args[0] == "state" else ["-no-color"]
    child = start(
        ["terraform", args[0], *plain, *args[1:]], cwd=folder, env=env or environment(),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    try:
        text, _ = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        raise Failed(f"terraform {' '.join(args)}: not done after {timeout} s\n{child.communicate()[0]}") from None
    finally:
        CHILDREN.discard(child)
    if child.returncode not in allowed:
        raise Failed(f"terraform {' '.join(args)}: exit code {child.returncode}\n{text}")
    return child.returncode, text


def init(folder):
    """terraform init without a backend, with the provider of TF_PLUGIN_DIR if that is set."""
    args = ["-backend=false", "-input=false"]
    if mirror := os.environ.get("TF_PLUGIN_DIR"):
        args.append(f"-plugin-dir={os.path.abspath(mirror)}")
    terraform(folder, "init", *args)


def needs_provider(folder):
    """Whether a folder's configuration uses the AWS provider, itself or by a module beside it."""
    seen, todo = set(), [folder]
    while todo:
        here = todo.pop().resolve()
        if here in seen:
            continue
        seen.add(here)
        for file in here.glob("*.tf"):
            text = file.read_text()
            if "hashicorp/aws" in text or 'provider "aws"' in text or 'resource "aws_' in text or 'data "aws_' in text:
                return True
            for line in text.splitlines():
                key, _, value = line.partition("=")
                if key.strip() == "source" and value.strip().strip('"').startswith("."):
                    todo.append(here / value.strip().strip('"'))
    return False


def copy(to):
    """Copies what Terraform reads into the folder `to`, so that runs leave nothing in the sources and do not meet."""
    keep_out = shutil.ignore_patterns(".terraform*", "*.tfstate*", "README.md")
    for part in ("modules", "examples", "tests/mocks"):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, to / part, ignore=keep_out)
    if "TF_PLUGIN_DIR" in os.environ:
        return
    for folder in [*to.glob("modules/*"), *to.glob("examples/*"), *to.glob("examples/*/bootstrap")]:
        if folder.is_dir() and needs_provider(folder):
            named = any("required_providers" in file.read_text() for file in folder.glob("*.tf"))
            (folder / ("pinned_override.tf" if named else "pinned.tf")).write_text(PINNED)


def provider_fault(scratch):
    """Why the AWS provider cannot be had, or None when it can."""
    probe = scratch / "provider-probe"
    probe.mkdir()
    (probe / "main.tf").write_text(PINNED if "TF_PLUGIN_DIR" not in os.environ else 'provider "aws" {}\n')
    try:
        init(probe)
    except Failed as fault:
        lines = [line.strip(" │╷╵") for line in str(fault).splitlines()]
        return next((line for line in lines if line.startswith("Error:")), lines[0])
    finally:
        shutil.rmtree(probe)
    return None


def skip(reason):
    """Says aloud what does not run here; fails in CI, where nothing may be skipped."""
    subprocess.run([ROOT / "tests/run/skip", reason], check=True)


def terraform_or_exit():
    if shutil.which("terraform") is None:
        skip("Terraform's tests: terraform is missing (https://developer.hashicorp.com/terraform/install)")
        sys.exit(0)
