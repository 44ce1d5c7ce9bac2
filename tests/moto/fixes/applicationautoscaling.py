"""Application Auto Scaling: targets have tags, which the provider reads after each change."""

import json

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Responses


def apply():
    tags = {}  # ARN of a scalable target → its tags

    register = Responses.register_scalable_target

    def register_with_tags(self):
        answer = register(self)
        body = answer if isinstance(answer, str) else json.dumps(answer.result)
        tags.setdefault(json.loads(body).get("ScalableTargetARN"), {}).update(self._get_param("Tags") or {})
        return answer

    def list_tags(self):
        return json.dumps({"Tags": tags.get(self._get_param("ResourceARN"), {})})

    def tag(self):
        tags.setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags") or {})
        return "{}"

    def untag(self):
        for key in self._get_param("TagKeys") or []:
            tags.get(self._get_param("ResourceARN"), {}).pop(key, None)
        return "{}"

    Responses.register_scalable_target = register_with_tags
    Responses.list_tags_for_resource = list_tags
    Responses.tag_resource = tag
    Responses.untag_resource = untag
