"""Route 53: a zone made with a VPC is private; moto wants to be told so, AWS does not."""

from moto.route53.responses import Route53


def apply():
    create = Route53.create_hosted_zone

    def create_private(self):
        get = self._get_bool_param

        def inferred(name, *args, **kwargs):
            if name == "HostedZoneConfig.PrivateZone" and self._get_param("VPC.VPCId"):
                return True
            return get(name, *args, **kwargs)

        self._get_bool_param = inferred
        try:
            return create(self)
        finally:
            del self._get_bool_param

    Route53.create_hosted_zone = create_private
