#!/usr/bin/env python3
"""The import table of docs/moving-from-2016.md, tried: a network of 2016 stands on moto, the stack takes it over.

usage: takeover.py

The old network is made with boto3 as the old modules laid it out. Each row of the page becomes import blocks beside
examples/quickstart. The plan must take over everything that stands, replace and delete nothing, and make nothing of
those kinds anew; after its apply the plan is empty but for the service that was not there before.
"""

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "terraform")]

import workspace  # noqa: E402
from cloud import REGION, Cloud  # noqa: E402
from workspace import Failed, terraform  # noqa: E402

PAGE = workspace.ROOT / "docs" / "moving-from-2016.md"
ZONES = [REGION + letter for letter in "abc"]
INTERNAL = ["10.30.0.0/19", "10.30.64.0/19", "10.30.128.0/19"]
EXTERNAL = ["10.30.32.0/20", "10.30.96.0/20", "10.30.160.0/20"]


def build(cloud):
    """Makes the network of 2016; gives what import needs: old address → id."""
    ec2, ids = cloud.client("ec2"), {}
    vpc = ids["module.vpc.aws_vpc.main"] = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    gateway = ids["module.vpc.aws_internet_gateway.main"] = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)

    def table(name, **way):
        made = ids[f"module.vpc.aws_route_table.{name}"] = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **way)
        ids[f"module.vpc.aws_route.{name}"] = f"{made}_0.0.0.0/0"
        return made

    def subnet(kind, number, cidr):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=ZONES[number])["Subnet"]["SubnetId"]
        ids[f"module.vpc.aws_subnet.{kind}[{number}]"] = made
        return made

    def associate(kind, number, subnet_id, table_id):
        ec2.associate_route_table(SubnetId=subnet_id, RouteTableId=table_id)
        ids[f"module.vpc.aws_route_table_association.{kind}[{number}]"] = f"{subnet_id}/{table_id}"

    public = table("external", GatewayId=gateway)
    for number in range(3):
        outside = subnet("external", number, EXTERNAL[number])
        associate("external", number, outside, public)
        address = ids[f"module.vpc.aws_eip.nat[{number}]"] = ec2.allocate_address(Domain="vpc")["AllocationId"]
        # "public" is AWS's default; moto leaves it out unless it is said.
        nat = ec2.create_nat_gateway(SubnetId=outside, AllocationId=address, ConnectivityType="public")["NatGateway"]["NatGatewayId"]
        ids[f"module.vpc.aws_nat_gateway.main[{number}]"] = nat
        private = table(f"internal[{number}]", NatGatewayId=nat)
        associate("internal", number, subnet("internal", number, INTERNAL[number]), private)
    zone = cloud.client("route53").create_hosted_zone(
        Name="stack.local", CallerReference="2016", VPC={"VPCRegion": REGION, "VPCId": vpc}
    )
    ids["module.dns.aws_route53_zone.main"] = zone["HostedZone"]["Id"].split("/")[-1]
    return ids


def rows():
    """The page's table: [(old address, new address)]; rows with [0] stand for the three zones."""
    found = []
    for old, new in re.findall(r"^\| `(module\.\S+)` \| `(module\.\S+)` \| [^|]+\|$", PAGE.read_text(), re.MULTILINE):
        if old.endswith("[0]"):
            found += [(f"{old[:-3]}[{number}]", new.replace("us-west-2a", zone)) for number, zone in enumerate(ZONES)]
        else:
            found.append((old, new))
    if len(found) < 10:
        raise Failed(f"{PAGE.name}: {len(found)} rows read from its table of addresses: has its form changed?")
    return found


def planned(folder, env):
    terraform(folder, "plan", "-out=plan", env=env)
    return json.loads(terraform(folder, "show", "-json", "plan", env=env)[1])["resource_changes"]


def check(scratch):
    workspace.copy(scratch)
    folder = scratch / "examples" / "quickstart"
    with Cloud(scratch / "moto.log") as cloud:
        env = workspace.environment(**cloud.environment())
        ids = build(cloud)
        table = rows()
        if unnamed := set(ids) - {old for old, _ in table}:
            raise Failed(f"{PAGE.name} has no row for {sorted(unnamed)}")
        blocks = [f'import {{\n  to = {new}\n  id = "{ids[old]}"\n}}\n' for old, new in table]
        (folder / "imports.tf").write_text("\n".join(blocks))
        workspace.init(folder)

        changes = planned(folder, env)
        taken = {change["address"]: change["change"] for change in changes if change["change"].get("importing")}
        wrong = [f"{new} is not taken over" for _, new in table if new not in taken]
        wrong += [
            f"{c['address']}: {c['change']['actions']} for {c['change'].get('replace_paths')}"
            for c in changes if "delete" in c["change"]["actions"]
        ]
        parts = {new.split("[\"")[0] for _, new in table}
        wrong += [f"{c['address']}: made anew" for c in changes if c["address"].split("[\"")[0] in parts and c["change"]["actions"] == ["create"]]
        if wrong:
            raise Failed("the plan beside the old network:\n  " + "\n  ".join(wrong))

        terraform(folder, "apply", "-auto-approve", "plan", env=env)
        again = [(c["address"], c["change"]["actions"]) for c in planned(folder, env) if c["change"]["actions"] not in (["no-op"], ["read"])]
        if again:
            raise Failed(f"after the apply the plan is not empty: {again}")
        updated = sorted({new.split(".")[-2] for new, change in taken.items() if change["actions"] == ["update"]})
        print(f"takeover: {len(taken)} resources of 2016 taken over, none replaced, made anew or deleted; changed in place: {', '.join(updated)}")


def main():
    workspace.terraform_or_exit()
    scratch = Path(tempfile.mkdtemp(prefix="stack-takeover-"))
    workspace.end_with_children(scratch)
    try:
        if fault := workspace.provider_fault(scratch):
            workspace.skip(f"the takeover of a network of 2016: the AWS provider cannot be had ({fault}); set TF_PLUGIN_DIR")
            return
        check(scratch)
    except Failed as fault:
        sys.exit(f"takeover: {fault}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
