"""RDS: databases that cannot be told apart, and settings that are not given back."""

import hashlib

from moto.rds import models
from moto.rds.responses import RDSResponse as Responses

from fixes.wrap import after


def apply():
    # One id for all of them: the provider looks a database up by it and finds another.
    def resource_id(self):
        return "db-" + hashlib.sha1(f"{self.region}/{self.db_instance_identifier}".encode()).hexdigest()[:26].upper()

    models.DBInstance.dbi_resource_id = property(resource_id, lambda self, value: None)

    @after(Responses, "create_db_instance")
    def remember_insights(self, _answer):
        database = self.backend.databases.get(self.params.get("DBInstanceIdentifier"))
        if database is not None and self.params.get("EnablePerformanceInsights"):
            database.performance_insights_enabled = True

    # Only Aurora Serverless v1 has this configuration; any other cluster has no such field.
    scaling = models.DBCluster.scaling_configuration_info
    models.DBCluster.scaling_configuration_info = property(
        lambda self: scaling.fget(self) if self.engine_mode == "serverless" else None
    )

    # Parameters that someone set say so; the provider asks for those only.
    update = models.DBParameterGroup.update_parameters
    models.DBParameterGroup.update_parameters = lambda self, new: update(
        self, [dict(parameter, Source="user") for parameter in new]
    )
