#!/usr/bin/env python3
"""B20: the example remote-state on moto: the bucket is made, its state is kept there, and a second run is locked out.

usage: state_lock.py
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "terraform")]

import workspace  # noqa: E402
from cloud import Cloud  # noqa: E402
from workspace import Failed, terraform  # noqa: E402

KEY = "segment/prod/stack.tfstate"


def run(scratch):
    workspace.copy(scratch)
    folder = scratch / "examples" / "remote-state"
    with Cloud(scratch / "moto.log") as cloud:
        env = workspace.environment(**cloud.environment())
        workspace.init(folder / "bootstrap")
        terraform(folder / "bootstrap", "apply", "-auto-approve", env=env)
        s3 = cloud.client("s3")
        bucket = s3.list_buckets()["Buckets"][0]["Name"]
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled", "the bucket keeps no versions"

        # Asserted and taken away: it denies plain HTTP, which is what moto is spoken to with.
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]
        assert policy["Effect"] == "Deny" and policy["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}, f"policy {policy}"
        s3.delete_bucket_policy(Bucket=bucket)

        args = [f"-plugin-dir={os.environ['TF_PLUGIN_DIR']}"] if "TF_PLUGIN_DIR" in os.environ else []
        terraform(folder, "init", *args, env=env)
        # One small resource is enough to see where state goes.
        decision = "-target=module.stack.terraform_data.logs"
        terraform(folder, "apply", "-auto-approve", decision, env=env)
        state = json.loads(s3.get_object(Bucket=bucket, Key=KEY)["Body"].read())
        assert state["resources"], "the state in the bucket is empty"
        assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix=f"{KEY}.tflock"), "the lock is left behind"

        lock = {"ID": "11111111-2222-3333-4444-555555555555", "Operation": "OperationTypeApply", "Who": "someone@else", "Created": "2026-01-01T00:00:00Z"}
        s3.put_object(Bucket=bucket, Key=f"{KEY}.tflock", Body=json.dumps(lock).encode())
        code, text = terraform(folder, "plan", decision, env=env, allowed=(0, 1))
        assert code == 1 and "Error acquiring the state lock" in text and "someone@else" in text, f"not locked out:\n{text}"

        s3.delete_object(Bucket=bucket, Key=f"{KEY}.tflock")
        terraform(folder, "plan", decision, env=env)
    print("remote-state: B20: state in the bucket, a second run locked out by someone@else, and in when the lock was gone")


def main():
    workspace.terraform_or_exit()
    scratch = Path(tempfile.mkdtemp(prefix="stack-lock-"))
    workspace.end_with_children(scratch)
    try:
        if fault := workspace.provider_fault(scratch):
            workspace.skip(f"state in S3 on moto: the AWS provider cannot be had ({fault}); set TF_PLUGIN_DIR to a mirror that has it")
            return
        run(scratch)
    except (Failed, AssertionError) as fault:
        sys.exit(f"remote-state: FAILED: {fault}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
