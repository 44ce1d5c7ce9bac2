"""ECS: a service forgets most of what it was told, and the provider then sees it changed on every plan."""

from moto.core.utils import camelcase_to_underscores
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse as Responses

from fixes.wrap import after

# What CreateService and UpdateService take and DescribeServices must give back, by AWS's names.
REMEMBERED = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "serviceConnectConfiguration",
)


def apply():
    @after(Responses, "create_service")
    def created(self, _answer):
        remember(self, self._get_param("serviceName"))

    @after(Responses, "update_service")
    def updated(self, _answer):
        remember(self, self._get_param("service").split("/")[-1])


def remember(request, name):
    cluster = request._get_param("cluster", "default").split("/")[-1]
    service: Service = request.ecs_backend.services[f"{cluster}:{name}"]

    for key in REMEMBERED:
        value = request._get_param(key)
        if value is not None:
            setattr(service, camelcase_to_underscores(key), value)
            # The serializer's own spelling of names with several capitals in a row.
            setattr(service, "".join("_" + c.lower() if c.isupper() else c for c in key), value)

    # A service has a strategy or a launch type, never both; moto answers EC2 to everyone.
    if getattr(service, "capacity_provider_strategy", None):
        service.launch_type = None

    # AWS leaves the field out for tasks in the bridge network; at an empty object the provider dies.
    if not service.network_configuration:
        service.network_configuration = None

    # No agent ever starts a task here. Those that were asked for count as running, so that waiting for them ends.
    service.running_count = service.desired_count
    service.pending_count = 0
    for deployment in service.deployments:
        deployment.update(
            runningCount=service.desired_count,
            desiredCount=service.desired_count,
            pendingCount=0,
            rolloutState="COMPLETED",
            taskDefinition=service.task_definition,
            launchType=service.launch_type,
        )
        if not deployment.get("networkConfiguration"):
            deployment.pop("networkConfiguration", None)
