"""The acceptance criteria that can be seen on what stands: each asks AWS's API, not Terraform, what is there.

CRITERIA: number → function(Stand); a function raises AssertionError with what it found.
"""

import json
import re
from dataclasses import dataclass

import chain

CRITERIA = {}


def criterion(number):
    def register(check):
        def named(stand):
            try:
                check(stand)
            except AssertionError as fault:
                raise AssertionError(f"{number}, {check.__doc__} {fault}") from None

        CRITERIA[number] = named
        return check

    return register


@dataclass
class Stand:
    """What an applied example left: the cloud to ask, the state's resources [(address, type, values)], the outputs,
    and what terraform graph prints."""

    cloud: object
    resources: list
    outputs: dict
    graph: str = ""

    def client(self, service):
        return self.cloud.client(service)

    def of(self, kind):
        """Values of the state's resources of a type, only to find what to ask for."""
        return [values for _, type_, values in self.resources if type_ == kind]

    def one(self, kind, **having):
        found = [v for v in self.of(kind) if all(v.get(key) == value for key, value in having.items())]
        assert len(found) == 1, f"{len(found)} {kind} with {having}"
        return found[0]

    @property
    def vpc(self):
        return self.one("aws_vpc")["id"]

    def subnets(self):
        return self.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["Subnets"]

    def services(self):
        """All ECS services of all clusters."""
        ecs = self.client("ecs")
        found = []
        for cluster in ecs.list_clusters()["clusterArns"]:
            arns = ecs.list_services(cluster=cluster)["serviceArns"]
            if arns:
                found += ecs.describe_services(cluster=cluster, services=arns)["services"]
        assert found, "no service stands"
        return found

    def container(self, service):
        """The first container definition of a service."""
        arn = service["taskDefinition"]
        return self.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"][0]

    def load_balancer(self, service):
        """The load balancer that a service's first target group hangs on."""
        elb = self.client("elbv2")
        group = elb.describe_target_groups(TargetGroupArns=[service["loadBalancers"][0]["targetGroupArn"]])["TargetGroups"][0]
        assert group["LoadBalancerArns"], f"{service['serviceName']}: its target group hangs on no load balancer"
        return elb.describe_load_balancers(LoadBalancerArns=group["LoadBalancerArns"])["LoadBalancers"][0], group


def same(found, wanted, what):
    assert found == wanted, f"{what}: {found}, expected {wanted}"


@criterion("B4")
def three_minutes(stand):
    """nothing of the stack alone takes long on AWS, by typical times, and no chain of it three minutes:"""
    stack = [resource for resource in stand.resources if resource[0].startswith("module.stack.")]
    same(chain.slow(stack), [], "resources that take minutes")
    seconds, way = chain.longest(stand.graph, [address for address, _, _ in stack])
    kinds = [chain.kind(address) for address in way]
    # Whatever the graph's form becomes: instances wait for the network, so a chain without them was not read.
    assert len(way) >= 4 and {"aws_vpc", "aws_nat_gateway", "aws_autoscaling_group"} <= set(kinds), f"the longest chain found is {' → '.join(way)}"
    assert seconds < 180, f"{seconds} s: {' → '.join(way)}"
    print(f"B4: the stack's longest chain is {len(way)} resources, about {seconds} s on AWS: {' → '.join(kinds)}", flush=True)


@criterion("B9")
def layout(stand):
    """a VPC with public and private subnets over three zones, laid out as in 2016:"""
    tagged = {tag["Value"]: s for s in stand.subnets() for tag in s["Tags"] if tag["Key"] == "Name"}
    internal = sorted(s["CidrBlock"] for name, s in tagged.items() if "-internal-" in name)
    external = sorted(s["CidrBlock"] for name, s in tagged.items() if "-external-" in name)
    same(internal, ["10.30.0.0/19", "10.30.128.0/19", "10.30.64.0/19"], "private subnets")
    same(external, ["10.30.160.0/20", "10.30.32.0/20", "10.30.96.0/20"], "public subnets")
    zones = {s["AvailabilityZone"] for s in tagged.values()}
    same(len(zones), 3, "zones")
    given = [s["SubnetId"] for s in tagged.values() if s["MapPublicIpOnLaunch"]]
    same(given, [], "subnets that give public addresses unasked")


@criterion("B10")
def routes(stand):
    """each private subnet leaves by the NAT gateway of its zone, each public one by the internet gateway:"""
    ec2 = stand.client("ec2")
    by_id = {s["SubnetId"]: s for s in stand.subnets()}
    gateways = {
        n["NatGatewayId"]: by_id[n["SubnetId"]]
        for n in ec2.describe_nat_gateways(Filter=[{"Name": "vpc-id", "Values": [stand.vpc]}])["NatGateways"]
        if n["State"] != "deleted"
    }
    same(len(gateways), 3, "NAT gateways")
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [stand.vpc]}])["RouteTables"]
    ways = {}
    for table in tables:
        for association in table["Associations"]:
            if subnet := association.get("SubnetId"):
                out = [r for r in table["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"]
                same(len(out), 1, f"ways out of {subnet}")
                ways[subnet] = out[0]
    same(set(ways), set(by_id), "subnets with a route table")
    private = 0
    for subnet, way in ways.items():
        if nat := way.get("NatGatewayId"):
            same(gateways[nat]["AvailabilityZone"], by_id[subnet]["AvailabilityZone"], f"zone of the way out of {subnet}")
            private += 1
        else:
            assert way.get("GatewayId", "").startswith("igw-"), f"{subnet} leaves by {way}"
    same(private, 3, "subnets behind NAT")
    public = {g["SubnetId"] for g in gateways.values()}
    assert all(ways[s].get("GatewayId", "").startswith("igw-") for s in public), "a NAT gateway stands in a private subnet"
    names = {g["GroupName"] for g in ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [stand.vpc]}])["SecurityGroups"]}
    for part in ("internal-elb", "external-elb", "external-ssh", "internal-ssh", "instances"):
        assert any(part in name for name in names), f"no security group {part}: {sorted(names)}"


@criterion("B11")
def capacity(stand):
    """instances come and go as tasks need them:"""
    ecs = stand.client("ecs")
    cluster = ecs.describe_clusters(clusters=[stand.one("aws_ecs_cluster")["arn"]])["clusters"][0]
    (default,) = cluster["defaultCapacityProviderStrategy"]
    (provider,) = ecs.describe_capacity_providers(capacityProviders=[default["capacityProvider"]])["capacityProviders"]
    group = provider["autoScalingGroupProvider"]
    same(group["managedScaling"]["status"], "ENABLED", "managed scaling")
    assert 1 <= group["managedScaling"]["targetCapacity"] <= 100, f"target capacity {group['managedScaling']}"
    same(group["managedDraining"], "ENABLED", "managed draining")
    arns = [g["AutoScalingGroupARN"] for g in stand.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]]
    assert group["autoScalingGroupArn"] in arns, f"the capacity provider's group {group['autoScalingGroupArn']} is none of {arns}"


@criterion("B12")
def placed(stand):
    """a service is placed by the cluster's capacity provider, without a launch type:"""
    ecs = stand.client("ecs")
    for service in stand.services():
        cluster = ecs.describe_clusters(clusters=[service["clusterArn"]])["clusters"][0]
        strategy = {s["capacityProvider"] for s in service.get("capacityProviderStrategy", [])}
        assert strategy and strategy <= set(cluster["capacityProviders"]), f"{service['serviceName']}: strategy {strategy}, cluster has {cluster['capacityProviders']}"
        assert "launchType" not in service, f"{service['serviceName']}: launch type {service['launchType']}"


@criterion("B15")
def measured(stand):
    """every load-balanced service has alarms and a dashboard on latency and status codes:"""
    cloudwatch = stand.client("cloudwatch")
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    boards = "".join(
        cloudwatch.get_dashboard(DashboardName=d["DashboardName"])["DashboardBody"]
        for d in cloudwatch.list_dashboards()["DashboardEntries"]
    )
    balanced = [s for s in stand.services() if s["loadBalancers"]]
    assert balanced, "no service has a load balancer"
    for service in balanced:
        balancer, group = stand.load_balancer(service)
        if balancer["Type"] != "application":
            continue
        suffixes = {balancer["LoadBalancerArn"].split(":loadbalancer/")[1], group["TargetGroupArn"].split(":")[-1]}
        watched = {
            metric
            for alarm in alarms
            for metric, dimensions in metrics_of(alarm)
            if dimensions and dimensions <= suffixes
        }
        wanted = {"TargetResponseTime", "HTTPCode_Target_5XX_Count"}
        assert wanted <= watched, f"{service['serviceName']}: alarms watch {sorted(watched)}"
        for word in (*wanted, *suffixes):
            assert word in boards, f"{service['serviceName']}: no dashboard shows {word}"


def metrics_of(alarm):
    """[(metric, {values of its dimensions})] of an alarm, of one metric or of several."""
    if "MetricName" in alarm:
        yield alarm["MetricName"], {d["Value"] for d in alarm["Dimensions"]}
    for query in alarm.get("Metrics", []):
        if "MetricStat" in query:
            metric = query["MetricStat"]["Metric"]
            yield metric["MetricName"], {d["Value"] for d in metric["Dimensions"]}


@criterion("B16")
def exposed(stand):
    """only the bastion has a public address, and the world reaches nothing but 80 and 443 of public load balancers:"""
    ec2 = stand.client("ec2")
    here = [{"Name": "vpc-id", "Values": [stand.vpc]}]
    public = {
        tag["Value"]
        for r in ec2.describe_instances(Filters=here)["Reservations"] for i in r["Instances"]
        if i.get("PublicIpAddress") and i["State"]["Name"] == "running"
        for tag in i["Tags"] if tag["Key"] == "Name"
    }
    assert len(public) == 1 and all(name.endswith("-bastion") for name in public), f"instances with a public address: {public}"
    open_ports = {
        (group["GroupName"].split("-2")[0], rule.get("FromPort"))
        for group in ec2.describe_security_groups(Filters=here)["SecurityGroups"]
        for rule in group["IpPermissions"]
        for cidr in [r["CidrIp"] for r in rule["IpRanges"]] + [r["CidrIpv6"] for r in rule["Ipv6Ranges"]]
        if cidr in ("0.0.0.0/0", "::/0")
    }
    wrong = {(name, port) for name, port in open_ports if port not in (80, 443) or "external-elb" not in name}
    same(wrong, set(), "open to the world")


@criterion("B22")
def named(stand):
    """beacon listens on container port 3001 and is reached as http://beacon.stack.local:"""
    route53 = stand.client("route53")
    zone = next((z for z in route53.list_hosted_zones()["HostedZones"] if z["Name"] == "stack.local."), None)
    assert zone, "no zone stack.local"
    known_to = route53.get_hosted_zone(Id=zone["Id"])
    assert known_to["HostedZone"]["Config"]["PrivateZone"], "the zone is public"
    same([v["VPCId"] for v in known_to["VPCs"]], [stand.vpc], "VPCs that see the zone")

    (beacon,) = [s for s in stand.services() if s["serviceName"].endswith("beacon")]
    balancer, _ = stand.load_balancer(beacon)
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    (record,) = [r for r in records if r["Name"] == "beacon.stack.local." and r["Type"] == "A"]
    same(record["AliasTarget"]["DNSName"].rstrip(".").lower().removeprefix("dualstack."), balancer["DNSName"].lower(), "target of beacon.stack.local")
    same(balancer.get("Scheme"), "internal", "scheme of beacon's load balancer")
    listeners = stand.client("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert 80 in {listener["Port"] for listener in listeners}, f"beacon is served on {listeners}"
    same([m["containerPort"] for m in stand.container(beacon)["portMappings"]], [3001], "container ports of beacon")


@criterion("B24")
def worker(stand):
    """a worker has neither load balancer nor name, and gets its environment and command:"""
    workers = [s for s in stand.services() if not s["loadBalancers"]]
    assert workers, "no service is without a load balancer"
    route53 = stand.client("route53")
    names = {
        r["Name"]
        for z in route53.list_hosted_zones()["HostedZones"]
        for r in route53.list_resource_record_sets(HostedZoneId=z["Id"])["ResourceRecordSets"]
    }
    for service in workers:
        short = service["serviceName"].split("-")[-1]
        assert not any(name.startswith(f"{short}.") for name in names), f"{short} has a name in {sorted(names)}"
        container = stand.container(service)
        assert container.get("environment"), f"{short} has no environment"
        assert not container.get("portMappings"), f"{short} has ports: {container['portMappings']}"


@criterion("B25")
def public(stand):
    """the web service faces the internet from public subnets, sends 80 to 443, and speaks TLS 1.2 or newer:"""
    elb = stand.client("elbv2")
    # Without a scheme AWS faces it to the internet; moto leaves the field out.
    facing = [b for b in elb.describe_load_balancers()["LoadBalancers"] if b.get("Scheme", "internet-facing") == "internet-facing"]
    assert facing, "no load balancer faces the internet"
    outside = {s["SubnetId"] for s in stand.subnets() if any("-external-" in t["Value"] for t in s["Tags"])}
    for balancer in facing:
        used = {zone["SubnetId"] for zone in balancer["AvailabilityZones"]}
        assert len(used) >= 2 and used <= outside, f"{balancer['LoadBalancerName']} stands in {used}"
        listeners = {x["Port"]: x for x in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]}
        same(sorted(listeners), [80, 443], "ports")
        (first,) = listeners[80]["DefaultActions"]
        same((first["Type"], first.get("RedirectConfig", {}).get("Port"), first.get("RedirectConfig", {}).get("StatusCode")), ("redirect", "443", "HTTP_301"), "port 80")
        policy = listeners[443]["SslPolicy"]
        assert "TLS13-1-2" in policy or "TLS-1-2" in policy, f"policy {policy}"
        assert listeners[443]["Certificates"], "443 has no certificate"


@criterion("B33")
def reachable(stand):
    """the bastion reaches internal load balancers on port 80:"""
    ec2 = stand.client("ec2")
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [stand.vpc]}])["SecurityGroups"]
    (inside,) = [g for g in groups if "internal-elb" in g["GroupName"]]
    (bastion,) = [g for g in groups if "external-ssh" in g["GroupName"]]
    cidr = ec2.describe_vpcs(VpcIds=[stand.vpc])["Vpcs"][0]["CidrBlock"]
    takes = {(r.get("FromPort"), x["CidrIp"]) for r in inside["IpPermissions"] for x in r["IpRanges"]}
    assert (80, cidr) in takes, f"internal load balancers take {takes}"
    leaves = {(r.get("FromPort"), r.get("ToPort"), x["CidrIp"]) for r in bastion["IpPermissionsEgress"] for x in r["IpRanges"]}
    assert (0, 65535, cidr) in leaves, f"the bastion reaches {leaves}"
    internal = [b for b in stand.client("elbv2").describe_load_balancers()["LoadBalancers"] if b.get("Scheme") == "internal"]
    assert all(inside["GroupId"] in b["SecurityGroups"] for b in internal), "an internal load balancer is in another group"


@criterion("B35")
def access_logs(stand):
    """load balancers write their access logs to a bucket whose policy lets them in and nobody else:"""
    s3, elb = stand.client("s3"), stand.client("elbv2")
    buckets = set()
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        attributes = {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])["Attributes"]}
        same(attributes.get("access_logs.s3.enabled"), "true", f"access logs of {balancer['LoadBalancerName']}")
        buckets.add(attributes["access_logs.s3.bucket"])
    same(len(buckets), 1, "buckets for access logs")
    (bucket,) = buckets
    statements = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    writers = [s for s in statements if s["Effect"] == "Allow" and s["Action"] == "s3:PutObject"]
    assert any(s["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"} for s in writers), f"writers: {writers}"
    for statement in writers:
        assert "Service" in statement["Principal"], f"not only AWS's services write: {statement['Principal']}"
        assert "Condition" in statement, f"any account may write: {statement}"
        assert all("/AWSLogs/123456789012/" in r for r in statement["Resource"]), f"writes elsewhere: {statement['Resource']}"
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(blocked.values()), f"public access: {blocked}"
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    same(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256", "encryption (load balancers cannot write with KMS)")


@criterion("B19")
def pingdummy(stand):
    """frontend, beacon and worker run, and the frontend is told where the beacon is:"""
    services = {s["serviceName"]: s for s in stand.services()}
    same(sorted(services), ["beacon", "frontend", "worker"], "services")
    for caller in ("frontend", "worker"):
        environment = {e["name"]: e["value"] for e in stand.container(services[caller])["environment"]}
        same(environment.get("BEACON_URL"), "http://beacon.stack.local", f"BEACON_URL of {caller}")


@criterion("B21")
def database(stand):
    """the database lies in the private subnets, and only the cluster's machines may call it:"""
    ec2, rds = stand.client("ec2"), stand.client("rds")
    (instance,) = rds.describe_db_instances()["DBInstances"]
    private = {s["SubnetId"] for s in stand.subnets() if any("-internal-" in t["Value"] for t in s["Tags"])}
    subnets = {s["SubnetIdentifier"] for s in instance["DBSubnetGroup"]["Subnets"]}
    same(subnets, private, "subnets")
    assert instance["StorageEncrypted"] and not instance["PubliclyAccessible"], "not encrypted, or public"
    (group,) = ec2.describe_security_groups(GroupIds=[g["VpcSecurityGroupId"] for g in instance["VpcSecurityGroups"]])["SecurityGroups"]
    (rule,) = group["IpPermissions"]
    same((rule["FromPort"], rule["ToPort"], rule["IpRanges"]), (5432, 5432, []), "the way in")
    (caller,) = ec2.describe_security_groups(GroupIds=[pair["GroupId"] for pair in rule["UserIdGroupPairs"]])["SecurityGroups"]
    assert "instances" in caller["GroupName"], f"called by {caller['GroupName']}"


@criterion("B26")
def certified(stand):
    """the public name's certificate is proved by a record in its zone and used by the load balancer:"""
    acm, route53 = stand.client("acm"), stand.client("route53")
    (summary,) = acm.list_certificates()["CertificateSummaryList"]
    certificate = acm.describe_certificate(CertificateArn=summary["CertificateArn"])["Certificate"]
    same(certificate["Status"], "ISSUED", "certificate")
    names = {
        r["Name"].rstrip(".")
        for z in route53.list_hosted_zones()["HostedZones"] if not z["Config"]["PrivateZone"]
        for r in route53.list_resource_record_sets(HostedZoneId=z["Id"])["ResourceRecordSets"]
    }
    for option in certificate["DomainValidationOptions"]:
        assert option["ResourceRecord"]["Name"].rstrip(".") in names, f"{option['ResourceRecord']['Name']} is none of {sorted(names)}"
    assert certificate["DomainName"] in names, f"{certificate['DomainName']} is none of {sorted(names)}"


# What a secret is called in a state or an output; an ARN says only where one lies.
SECRET = re.compile("^(.*password(_v4)?|secret|secret_(key|string|binary)|private_key.*|token|.*_token|.*_secret)$")


@criterion("secrets")
def secrets(stand):
    """no secret is in an output or in the state:"""
    found = []

    def look(where, key, value):
        if isinstance(value, dict):
            for name, part in value.items():
                look(f"{where}.{name}", name, part)
        elif isinstance(value, list):
            for part in value:
                look(where, key, part)
        elif isinstance(value, str) and value and SECRET.search(key) and not value.startswith("arn:"):
            found.append(where)

    for address, _, values in stand.resources:
        look(address, "", values)
    for name, value in stand.outputs.items():
        look(f"output.{name}", name, value)
    same(found, [], "secrets")
    for database in stand.of("aws_db_instance"):
        assert database["manage_master_user_password"], f"Terraform knows the password of {database['identifier']}"
