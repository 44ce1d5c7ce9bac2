"""What still stands in an account after destroy, beyond what every account has."""

from cloud import ACCOUNT


def leftovers(cloud, capacity_providers):
    """A line for each thing found; task definition revisions are not counted, for AWS keeps them.

    Capacity providers are asked for by the names they had: moto cannot list them when there are none.
    """
    ec2, ecs, iam = cloud.client("ec2"), cloud.client("ecs"), cloud.client("iam")
    found = []

    def add(kind, names):
        found.extend(f"{kind} {name}" for name in names)

    default_vpc = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["IsDefault"]]
    add("vpc", [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]])
    add("subnet", [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"] if s["VpcId"] not in default_vpc])
    add("security group", [g["GroupId"] for g in ec2.describe_security_groups()["SecurityGroups"] if g["GroupName"] != "default"])
    add("nat gateway", [n["NatGatewayId"] for n in ec2.describe_nat_gateways()["NatGateways"] if n["State"] != "deleted"])
    add("address", [a["AllocationId"] for a in ec2.describe_addresses()["Addresses"]])
    add("internet gateway", [
        g["InternetGatewayId"] for g in ec2.describe_internet_gateways()["InternetGateways"]
        if not any(a["VpcId"] in default_vpc for a in g["Attachments"])
    ])
    add("vpc endpoint", [e["VpcEndpointId"] for e in ec2.describe_vpc_endpoints()["VpcEndpoints"] if e["State"].lower() != "deleted"])
    add("launch template", [t["LaunchTemplateName"] for t in ec2.describe_launch_templates()["LaunchTemplates"]])
    add("instance", [
        i["InstanceId"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]
        if i["State"]["Name"] != "terminated"
    ])
    add("volume", [v["VolumeId"] for v in ec2.describe_volumes()["Volumes"]])

    add("auto-scaling group", [
        g["AutoScalingGroupName"] for g in cloud.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    ])
    clusters = ecs.list_clusters()["clusterArns"]
    add("cluster", [c["clusterName"] for c in ecs.describe_clusters(clusters=clusters)["clusters"] if c["status"] == "ACTIVE"] if clusters else [])
    if capacity_providers:
        stand = ecs.describe_capacity_providers(capacityProviders=capacity_providers)["capacityProviders"]
        add("capacity provider", [p["name"] for p in stand if p["status"] == "ACTIVE"])

    elb = cloud.client("elbv2")
    add("load balancer", [b["LoadBalancerName"] for b in elb.describe_load_balancers()["LoadBalancers"]])
    add("target group", [g["TargetGroupName"] for g in elb.describe_target_groups()["TargetGroups"]])

    add("role", [r["RoleName"] for r in iam.list_roles()["Roles"] if not r["Path"].startswith("/aws-service-role/")])
    add("instance profile", [p["InstanceProfileName"] for p in iam.list_instance_profiles()["InstanceProfiles"]])
    add("user", [u["UserName"] for u in iam.list_users()["Users"]])
    add("policy", [p["Arn"] for p in iam.list_policies(Scope="Local")["Policies"]])

    add("bucket", [b["Name"] for b in cloud.client("s3").list_buckets()["Buckets"]])
    add("zone", [z["Name"] for z in cloud.client("route53").list_hosted_zones()["HostedZones"]])
    add("certificate", [c["DomainName"] for c in cloud.client("acm").list_certificates()["CertificateSummaryList"]])
    add("log group", [g["logGroupName"] for g in cloud.client("logs").describe_log_groups()["logGroups"]])
    add("saved query", [q["name"] for q in cloud.client("logs").describe_query_definitions()["queryDefinitions"]])
    add("alarm", [a["AlarmName"] for a in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]])
    add("dashboard", [d["DashboardName"] for d in cloud.client("cloudwatch").list_dashboards()["DashboardEntries"]])
    add("scaling target", [
        t["ResourceId"]
        for t in cloud.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    ])
    add("parameter", [
        p["Name"] for p in cloud.client("ssm").describe_parameters()["Parameters"] if not p["Name"].startswith("/aws/")
    ])
    rds = cloud.client("rds")
    add("database", [d["DBInstanceIdentifier"] for d in rds.describe_db_instances()["DBInstances"]])
    add("database cluster", [d["DBClusterIdentifier"] for d in rds.describe_db_clusters()["DBClusters"]])
    add("secret", [s["Name"] for s in cloud.client("secretsmanager").list_secrets()["SecretList"] if not s.get("DeletedDate")])
    add("schedule", [s["Name"] for s in cloud.client("scheduler").list_schedules()["Schedules"]])
    assert ACCOUNT == cloud.client("sts").get_caller_identity()["Account"], "not moto's account"
    return found
