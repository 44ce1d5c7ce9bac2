"""Auto Scaling: settings of a group that are dropped, protection that outlives its group, instance refreshes."""

from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse as Responses
from moto.core.responses import ActionResult

from fixes.wrap import after

# What a group is told and must give back, and where moto's serializer looks for it.
REMEMBERED = {
    "DefaultInstanceWarmup": "default_instance_warmup",
    "InstanceMaintenancePolicy": "instance_maintenance_policy",
    "MaxInstanceLifetime": "max_instance_lifetime",
}


def apply():
    def remember(self, _answer):
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        for key, attribute in REMEMBERED.items():
            value = self._get_param(key)
            if value not in (None, ""):
                setattr(group, attribute, value)

    after(Responses, "create_auto_scaling_group")(remember)
    after(Responses, "update_auto_scaling_group")(remember)

    # An instance whose protection is taken off is then removed, if there are too many.
    @after(AutoScalingBackend, "set_instance_protection")
    def unprotected(self, _answer, group_name, *_args, **_kwargs):
        group = self.autoscaling_groups[group_name]
        group.set_desired_capacity(group.desired_capacity)

    # AWS: ForceDelete ends all instances; without it a group that has any is refused.
    delete = Responses.delete_auto_scaling_group

    def delete_with_instances(self):
        group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
        if group is not None and self._get_bool_param("ForceDelete", False):
            for state in group.instance_states:
                state.protected_from_scale_in = False
        return delete(self)

    Responses.delete_auto_scaling_group = delete_with_instances

    # Unknown to moto; the provider starts one when a launch template changed. None is ever under way here.
    Responses.start_instance_refresh = lambda self: ActionResult({"InstanceRefreshId": "00000000-0000-0000-0000-000000000001"})
    Responses.describe_instance_refreshes = lambda self: ActionResult({"InstanceRefreshes": []})
