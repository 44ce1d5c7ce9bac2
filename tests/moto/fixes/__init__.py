"""Where moto answers otherwise than AWS, by service; found by applying our examples and reading what differed."""

from fixes import applicationautoscaling, autoscaling, ec2, ecs, logs, rds, route53


def apply():
    for service in (applicationautoscaling, autoscaling, ec2, ecs, logs, rds, route53):
        service.apply()
