"""EC2: tags and user data of launch templates, tags of DHCP options, descriptions of rules between groups."""

from moto.ec2.models.launch_templates import LaunchTemplateVersion
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses.dhcp_options import DHCPOptions
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import parse_user_data

from fixes.wrap import after


def apply():
    # The template's own tags are not part of what it launches; given back there, they are a change on every plan.
    init = LaunchTemplateVersion.__init__

    def init_without_own_tags(self, template, number, data, description):
        if "TagSpecifications" in data:
            launched = [spec for spec in data["TagSpecifications"] if spec.get("ResourceType") != "launch-template"]
            data = {key: value for key, value in data.items() if key != "TagSpecifications"}
            if launched:
                data["TagSpecifications"] = launched
        init(self, template, number, data, description)

    LaunchTemplateVersion.__init__ = init_without_own_tags

    # The first version's user data is decoded, those after it are not, and an instance from them fails with a 500.
    create_version = LaunchTemplates.create_launch_template_version

    def create_version_with_user_data(self):
        get = self._get_param

        def decoded(name, *args, **kwargs):
            value = get(name, *args, **kwargs)
            if name == "LaunchTemplateData" and isinstance(value.get("UserData"), str):
                value = dict(value, UserData=parse_user_data(value["UserData"]))
            return value

        self._get_param = decoded
        try:
            return create_version(self)
        finally:
            del self._get_param

    LaunchTemplates.create_launch_template_version = create_version_with_user_data

    @after(DHCPOptions, "create_dhcp_options")
    def tagged(self, answer):
        answer.result["DhcpOptions"].add_tags(self._parse_tag_specification().get("dhcp-options", {}))

    # A rule that names another group keeps its description there, and is asked for it elsewhere.
    SecurityGroupRule.description = property(
        lambda self: self.ip_range.get("Description") or self.source_group.get("Description")
    )
