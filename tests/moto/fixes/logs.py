"""CloudWatch Logs: saved queries of Logs Insights, which moto has not."""

import json
import uuid

from moto.logs.responses import LogsResponse as Responses

FIELDS = ("queryDefinitionId", "name", "queryString", "logGroupNames")


def apply():
    saved = {}  # id → definition

    def put(self):
        given = {field: self._get_param(field) for field in FIELDS if self._get_param(field)}
        id_ = given.setdefault("queryDefinitionId", str(uuid.uuid4()))
        saved[id_] = given
        return json.dumps({"queryDefinitionId": id_})

    def describe(self):
        prefix = self._get_param("queryDefinitionNamePrefix") or ""
        return json.dumps({"queryDefinitions": [q for q in saved.values() if q["name"].startswith(prefix)]})

    def delete(self):
        found = saved.pop(self._get_param("queryDefinitionId"), None)
        return json.dumps({"success": found is not None})

    Responses.put_query_definition = put
    Responses.describe_query_definitions = describe
    Responses.delete_query_definition = delete
