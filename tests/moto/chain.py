"""B4: how long the stack's longest chain of resources would take on AWS, by what each kind typically takes to be made."""

import re

# Seconds on AWS, from experience; what is not named here is an entry in a table of AWS's and takes about a second or two.
TYPICAL = {
    "aws_vpc": 12,
    # 11 where it gives public addresses by itself, which ours do not.
    "aws_subnet": 2,
    "aws_internet_gateway": 2,
    "aws_nat_gateway": 110,
    "aws_iam_instance_profile": 8,
    "aws_iam_role": 3,
    "aws_launch_template": 6,
    "aws_autoscaling_group": 20,
    "aws_ecs_cluster": 12,
    "aws_ecs_capacity_provider": 5,
    "aws_ecs_cluster_capacity_providers": 12,
    "aws_route53_zone": 40,
    "aws_instance": 15,
    "aws_s3_bucket": 3,
}
OTHER = 2

# What takes longer than the whole promise leaves room for.
SLOW = {
    "aws_lb", "aws_elb", "aws_db_instance", "aws_rds_cluster", "aws_rds_cluster_instance", "aws_acm_certificate_validation",
    "aws_cloudfront_distribution", "aws_elasticache_replication_group", "aws_vpn_gateway", "aws_route53_resolver_endpoint",
}


def longest(graph, made):
    """The chain that takes longest: (seconds, [address]); `graph` is what terraform graph prints, `made` the addresses
    of the state's resources. Outside of `made` stand data sources and what an input turned off: they take no time."""
    made = {re.sub(r"\[[^]]*\]", "", address) for address in made}
    needs = {}
    for here, there in re.findall(r'^ *"(\S+)" -> "(\S+)";$', graph, re.MULTILINE):
        needs.setdefault(here, set()).add(there)
    known = {}

    def until(address):
        if address not in known:
            seconds, way = max((until(there) for there in needs.get(address, ())), default=(0, []))
            if address in made:
                seconds, way = seconds + TYPICAL.get(kind(address), OTHER), [*way, address]
            known[address] = (seconds, way)
        return known[address]

    return max(until(address) for address in made)


def kind(address):
    return address.split(".")[-2]


def slow(resources):
    """Addresses that no default may bring: load balancers, databases, endpoints that are network interfaces."""
    return [
        address for address, type_, values in resources
        if type_ in SLOW or type_ == "aws_vpc_endpoint" and values.get("vpc_endpoint_type") == "Interface"
    ]
