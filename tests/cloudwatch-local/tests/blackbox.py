"""Black-box checks of a CloudWatch Logs endpoint, by boto3 and by hand-signed requests.

The same checks run against cloudwatch-local and against moto, so that what is checked is AWS's API and not one server's
idea of it. A check names the rules (GET /_local/rules) it covers, and where moto is known to do less, why.

    blackbox.py URL [--moto] [--only NAME] [--access-key K --secret-key S]
"""

import argparse
import datetime
import gzip
import json
import sys
import time
import traceback
import urllib.error
import urllib.request
import uuid

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions

REGION = "us-east-1"
HOUR = 3_600_000
DAY = 24 * HOUR
CHECKS = []


def check(*rules, moto=None):
    """Registers a check of these rules. `moto`: why moto does not pass it."""

    def register(function):
        CHECKS.append((function.__name__, rules, moto, function))
        return function

    return register


class Endpoint:
    """A client, names that nobody else has, and the few requests that boto3 would not send."""

    def __init__(self, arguments):
        self.url = arguments.url
        self.moto = arguments.moto
        self.keys = (arguments.access_key, arguments.secret_key)
        self.logs = self.client()

    def client(self, access_key=None, secret_key=None, token=None, validate=False):
        return boto3.client(
            "logs",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=access_key or self.keys[0],
            aws_secret_access_key=secret_key or self.keys[1],
            aws_session_token=token,
            # Off, so that what botocore would refuse reaches the server.
            config=botocore.config.Config(parameter_validation=validate, retries={"total_max_attempts": 1}),
        )

    def stream(self):
        """A new group and stream, as the keyword arguments of a put."""
        names = {"logGroupName": "check/" + uuid.uuid4().hex, "logStreamName": "s"}
        self.logs.create_log_group(logGroupName=names["logGroupName"])
        self.logs.create_log_stream(**names)
        return names

    def put(self, names, events):
        return self.logs.put_log_events(**names, logEvents=events)

    def read(self, names, **more):
        answer = self.logs.get_log_events(**names, startFromHead=True, **more)
        return [event["message"] for event in answer["events"]]

    def raw(self, operation, body, headers=None, signed=True, skew=0, mangle=None):
        """Sends bytes as they are. Returns status, headers, body."""
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "Logs_20140328." + operation,
            **(headers or {}),
        }
        request = botocore.awsrequest.AWSRequest("POST", self.url + "/", headers=headers, data=body)
        if signed:
            credentials = botocore.credentials.Credentials(*self.keys)
            signer = SkewedAuth(credentials, "logs", REGION, skew)
            signer.add_auth(request)
        if mangle:
            mangle(request)
        prepared = urllib.request.Request(self.url + "/", data=request.data, headers=dict(request.headers), method="POST")
        try:
            with urllib.request.urlopen(prepared, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def admin(self, method, path, value=None):
        data = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self.url + "/_local/" + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


class SkewedAuth(botocore.auth.SigV4Auth):
    """A signer whose clock is off by so many seconds."""

    def __init__(self, credentials, service, region, skew):
        super().__init__(credentials, service, region)
        self.skew = skew

    def _modify_request_before_signing(self, request):
        time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.skew)
        request.context["timestamp"] = time.strftime("%Y%m%dT%H%M%SZ")
        super()._modify_request_before_signing(request)


def now():
    return int(time.time() * 1000)


def event(message="hello", time=None):
    return {"timestamp": now() if time is None else time, "message": message}


def refused(code, call, text=""):
    """Asserts that `call` is refused with this error code and a message that holds `text`."""
    try:
        answer = call()
    except botocore.exceptions.ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, f"expected {code}, got {found}"
        assert text in found["Message"], f"expected {text!r} in {found['Message']!r}"
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error.response
        return error.response
    raise AssertionError(f"expected {code}, was accepted: {answer}")


INVALID = "InvalidParameterException"
MISSING = "ResourceNotFoundException"
EXISTS = "ResourceAlreadyExistsException"

# What is written can be read.


@check()
def what_was_put_is_read_back_in_order_of_time(e):
    names, start = e.stream(), now()
    e.put(names, [event("b", start), event("c", start), event("d", start + 1)])
    e.put(names, [event("a", start - 5)])
    assert e.read(names) == ["a", "b", "c", "d"], e.read(names)


@check()
def bytes_of_every_kind_come_back_as_they_were(e):
    names = e.stream()
    lines = ['"quoted" \\ back', "tab\tnewline\ncontrol\x01\x1f", "grüße 🚀 \u2028", '{"a":"\\u0000"}', "\x7f", " "]
    e.put(names, [event(line) for line in lines])
    assert e.read(names) == lines, e.read(names)


@check()
def get_log_events_pages_forwards_and_backwards_and_stops(e):
    names, start = e.stream(), now()
    e.put(names, [event(str(n), start + n) for n in range(25)])
    seen, token = [], None
    while True:
        more = {"nextToken": token} if token else {}
        answer = e.logs.get_log_events(**names, startFromHead=True, limit=10, **more)
        seen += [event["message"] for event in answer["events"]]
        if answer["nextForwardToken"] == token:
            break
        token = answer["nextForwardToken"]
    assert seen == [str(n) for n in range(25)], seen
    tail = e.logs.get_log_events(**names, limit=10)
    assert [event["message"] for event in tail["events"]] == [str(n) for n in range(15, 25)], tail
    before = e.logs.get_log_events(**names, limit=10, nextToken=tail["nextBackwardToken"])
    assert [event["message"] for event in before["events"]] == [str(n) for n in range(5, 15)], before


@check()
def reading_keeps_to_the_times_asked_for(e):
    names, start = e.stream(), now() - 10_000
    e.put(names, [event(str(n), start + n) for n in range(5)])
    assert e.read(names, startTime=start + 1) == ["1", "2", "3", "4"]
    if not e.moto:  # moto includes the end, AWS's reference excludes it
        assert e.read(names, endTime=start + 3) == ["0", "1", "2"], e.read(names, endTime=start + 3)


@check()
def filter_log_events_reads_all_streams_in_order_and_by_pages(e):
    names, start = e.stream(), now()
    other = {**names, "logStreamName": "t"}
    e.logs.create_log_stream(**other)
    e.put(names, [event(f"s{n}", start + 2 * n) for n in range(15)])
    e.put(other, [event(f"t{n}", start + 2 * n + 1) for n in range(15)])
    pages = e.logs.get_paginator("filter_log_events").paginate(
        # AWS always interleaves; moto has to be asked.
        logGroupName=names["logGroupName"], interleaved=True, PaginationConfig={"PageSize": 7}
    )
    seen = [event["message"] for page in pages for event in page["events"]]
    assert seen == [f"{s}{n}" for n in range(15) for s in "st"], seen
    only = e.logs.filter_log_events(logGroupName=names["logGroupName"], logStreamNames=["t"])
    assert [event["message"] for event in only["events"]] == [f"t{n}" for n in range(15)], only
    ids = [event["eventId"] for event in only["events"]]
    assert len(set(ids)) == 15, ids


@check(moto="moto knows neither -term nor ?term")
def filter_log_events_filters_by_terms(e):
    names, start = e.stream(), now()
    e.put(names, [event(line, start + n) for n, line in enumerate(["an ERROR", "fine", "ERROR again", "WARN"])])

    def found(pattern):
        answer = e.logs.filter_log_events(logGroupName=names["logGroupName"], filterPattern=pattern)
        return [event["message"] for event in answer["events"]]

    assert found("ERROR") == ["an ERROR", "ERROR again"], found("ERROR")
    assert found("ERROR -again") == ["an ERROR"]
    assert found("?WARN ?fine") == ["fine", "WARN"]
    assert found('"ERROR again"') == ["ERROR again"]


@check()
def groups_and_streams_are_listed_by_pages_and_prefix(e):
    prefix = "list/" + uuid.uuid4().hex
    groups = [f"{prefix}/{n:02}" for n in range(12)]
    for group in groups:
        e.logs.create_log_group(logGroupName=group)
    pages = e.logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix=prefix, PaginationConfig={"PageSize": 5}
    )
    found = [group for page in pages for group in page["logGroups"]]
    assert [group["logGroupName"] for group in found] == groups, found
    assert found[0]["arn"].endswith(f":log-group:{groups[0]}:*"), found[0]
    assert abs(found[0]["creationTime"] - now()) < 60_000, found[0]
    streams = [f"s{n:02}" for n in range(7)]
    for stream in streams:
        e.logs.create_log_stream(logGroupName=groups[0], logStreamName=stream)
    pages = e.logs.get_paginator("describe_log_streams").paginate(
        logGroupName=groups[0], PaginationConfig={"PageSize": 3}
    )
    found = [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
    assert found == streams, found


@check()
def streams_tell_their_first_and_last_events(e):
    names, start = e.stream(), now() - 1000
    e.put(names, [event("a", start), event("b", start + 500)])
    late = {**names, "logStreamName": "a-late"}
    e.logs.create_log_stream(**late)
    e.put(late, [event("c", start + 600)])
    group = {"logGroupName": names["logGroupName"]}
    answer = e.logs.describe_log_streams(**group, orderBy="LastEventTime", descending=True)
    assert [stream["logStreamName"] for stream in answer["logStreams"]] == ["a-late", "s"], answer
    stream = answer["logStreams"][1]
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (start, start + 500), stream


@check()
def a_deleted_stream_and_group_are_gone_and_can_be_made_again(e):
    names = e.stream()
    e.put(names, [event()])
    e.logs.delete_log_stream(**names)
    refused(MISSING, lambda: e.put(names, [event()]))
    e.logs.create_log_stream(**names)
    assert e.read(names) == []
    e.logs.delete_log_group(logGroupName=names["logGroupName"])
    refused(MISSING, lambda: e.put(names, [event()]))
    refused(MISSING, lambda: e.logs.delete_log_group(logGroupName=names["logGroupName"]))


# The limits of a batch.


@check("batch-bytes", moto="moto knows no limit of bytes")
def a_batch_holds_1_048_576_bytes_and_not_one_more(e):
    names, start = e.stream(), now()
    # 4 events of 26 and 262,118 bytes are exactly the limit; two-byte characters count as two.
    e.put(names, [event("é" * 131_059, start) for _ in range(4)])
    over = [event("x" * 262_118, start) for _ in range(3)] + [event("x" * 262_119, start)]
    refused(INVALID, lambda: e.put(names, over), "1048577 bytes")


@check("batch-events", moto="moto knows no limit of events")
def a_batch_holds_10_000_events_and_not_one_more(e):
    names, start = e.stream(), now()
    e.put(names, [event("x", start)] * 10_000)
    refused(INVALID, lambda: e.put(names, [event("x", start)] * 10_001), "logEvents")


@check("batch-empty", moto="moto takes an empty batch")
def a_batch_without_events_is_refused(e):
    names = e.stream()
    refused(INVALID, lambda: e.put(names, []), "logEvents")


@check("batch-span", moto="moto knows no span")
def a_batch_spans_24_hours_and_not_a_millisecond_more(e):
    names, end = e.stream(), now()
    e.put(names, [event("a", end - DAY), event("b", end)])
    refused(INVALID, lambda: e.put(names, [event("a", end - DAY - 1), event("b", end)]), "24 hours")


@check("batch-span", "event-too-old", moto="moto knows no span")
def only_valid_events_count_for_the_span(e):
    names, end = e.stream(), now()
    answer = e.put(names, [event("old", end - 20 * DAY), event("a", end - DAY), event("b", end)])
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}, answer
    assert e.read(names) == ["a", "b"]


@check("batch-order")
def a_batch_is_in_chronological_order(e):
    names, start = e.stream(), now()
    refused(INVALID, lambda: e.put(names, [event("a", start), event("b", start - 1)]), "chronological")
    assert e.read(names) == []


@check("event-bytes", moto="moto knows no limit of an event")
def an_event_holds_1_048_550_bytes_of_text_and_not_one_more(e):
    names = e.stream()
    e.put(names, [event("x" * 1_048_550)])
    refused(INVALID, lambda: e.put(names, [event("x" * 1_048_551)]), "1048577 bytes exceeds limit of 1048576")


@check("event-empty", moto="moto takes an empty message")
def a_message_is_not_empty(e):
    names = e.stream()
    refused(INVALID, lambda: e.put(names, [event("a"), event("")]), "logEvents.2.member.message")
    assert e.read(names) == []


# Times.


@check("event-too-old", "event-too-new", moto="moto gives the index of the last old event, and of the last new one")
def old_and_new_events_are_left_out_with_exact_indexes(e):
    names, start = e.stream(), now()
    events = [
        event("old 1", start - 15 * DAY),
        event("old 2", start - 14 * DAY - 60_000),
        event("good 1", start - HOUR),
        event("good 2", start + 2 * HOUR - 60_000),
        event("new 1", start + 2 * HOUR + 60_000),
        event("new 2", start + 3 * HOUR),
    ]
    answer = e.put(names, events)
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2, "tooNewLogEventStartIndex": 4}, answer
    assert e.read(names) == ["good 1", "good 2"], e.read(names)


@check("event-too-old", "event-too-new")
def events_that_are_all_too_old_or_too_new_are_left_out_of_a_request_that_succeeds(e):
    names, start = e.stream(), now()
    assert "tooOldLogEventEndIndex" in e.put(names, [event("a", start - 15 * DAY)])["rejectedLogEventsInfo"]
    assert e.put(names, [event("a", start + 3 * HOUR)])["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 0}
    assert e.read(names) == []


@check("event-expired", moto="moto does not look at the retention of a group")
def events_older_than_the_retention_are_left_out(e):
    names, start = e.stream(), now()
    e.logs.put_retention_policy(logGroupName=names["logGroupName"], retentionInDays=3)
    answer = e.put(names, [event("a", start - 5 * DAY), event("b", start - 3 * DAY - 60_000), event("c", start)])
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 2}, answer
    answer = e.put(names, [event("a", start - 15 * DAY), event("b", start - 5 * DAY), event("d", start)])
    expected = {"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2}
    assert answer["rejectedLogEventsInfo"] == expected, answer
    assert e.read(names) == ["c", "d"]


# Names and places.


@check("group-name", moto="moto checks neither characters nor the reserved prefix of a group's name")
def a_group_has_a_name_that_is_allowed(e):
    for name in ["a b", "a:b", "grün", "a*", "", "x" * 513, "aws/x"]:
        refused(INVALID, lambda: e.logs.create_log_group(logGroupName=name))
    long = "a./-_#Z9" + uuid.uuid4().hex + "x" * 472
    e.logs.create_log_group(logGroupName=long)
    refused(INVALID, lambda: e.logs.put_log_events(logGroupName="a b", logStreamName="s", logEvents=[event()]))


@check("stream-name", moto="moto does not check a stream's name")
def a_stream_has_a_name_that_is_allowed(e):
    group = e.stream()["logGroupName"]
    for name in ["a:b", "a*", "", "x" * 513]:
        refused(INVALID, lambda: e.logs.create_log_stream(logGroupName=group, logStreamName=name))
    for name in ["x" * 512, "with space/[$LATEST]é"]:
        e.logs.create_log_stream(logGroupName=group, logStreamName=name)


@check("group-missing", "stream-missing")
def a_missing_group_or_stream_is_named(e):
    names = e.stream()
    nowhere = {**names, "logGroupName": "nowhere"}
    refused(MISSING, lambda: e.put(nowhere, [event()]), "log group")
    refused(MISSING, lambda: e.put({**names, "logStreamName": "none"}, [event()]), "log stream")
    refused(MISSING, lambda: e.logs.create_log_stream(**nowhere), "log group")
    refused(MISSING, lambda: e.logs.filter_log_events(logGroupName="nowhere"))
    refused(MISSING, lambda: e.logs.describe_log_streams(logGroupName="nowhere"))
    refused(MISSING, lambda: e.read({**names, "logStreamName": "none"}))


@check("group-exists", "stream-exists")
def nothing_is_made_twice(e):
    names = e.stream()
    refused(EXISTS, lambda: e.logs.create_log_group(logGroupName=names["logGroupName"]), "log group")
    refused(EXISTS, lambda: e.logs.create_log_stream(**names), "" if e.moto else "log stream")  # moto says group


# Retention, tags, entity.


@check("retention", moto="moto takes any number of days")
def a_retention_is_one_that_aws_lists(e):
    group = e.stream()["logGroupName"]
    for days in [2, 0, -1, 366]:
        refused(INVALID, lambda: e.logs.put_retention_policy(logGroupName=group, retentionInDays=days))


@check("retention")
def a_retention_is_shown_and_can_be_taken_away(e):
    group = e.stream()["logGroupName"]
    for days in [1, 30, 3653]:
        e.logs.put_retention_policy(logGroupName=group, retentionInDays=days)
        found = e.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
        assert found["retentionInDays"] == days, found
    e.logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in e.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    refused(MISSING, lambda: e.logs.put_retention_policy(logGroupName="nowhere", retentionInDays=1))


@check("tags")
def tags_are_set_shown_and_taken_away(e):
    group = "check/" + uuid.uuid4().hex
    e.logs.create_log_group(logGroupName=group, tags={"a": "1"})
    arn = e.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["arn"].removesuffix(":*")
    e.logs.tag_resource(resourceArn=arn, tags={"b": "2"})
    assert e.logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1", "b": "2"}
    e.logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert e.logs.list_tags_log_group(logGroupName=group)["tags"] == {"b": "2"}


@check("tags", moto="moto knows no limit of tags")
def tags_have_limits(e):
    group = "check/" + uuid.uuid4().hex
    refused(INVALID, lambda: e.logs.create_log_group(logGroupName=group, tags={"aws:x": "1"}))
    refused(INVALID, lambda: e.logs.create_log_group(logGroupName=group, tags={"x": "1" * 257}))
    many = {str(n): "x" for n in range(51)}
    refused("TooManyTagsException", lambda: e.logs.create_log_group(logGroupName=group, tags=many))


@check("entity", moto="moto does not look at entities")
def an_entity_out_of_shape_does_not_cost_its_events(e):
    names = e.stream()
    good = {"keyAttributes": {"Type": "Service", "Name": "api", "Environment": "prod"}}
    assert "rejectedEntityInfo" not in e.logs.put_log_events(**names, logEvents=[event("a")], entity=good)
    for bad, kind in [
        ({"keyAttributes": {"Name": "api", "Environment": "prod"}}, "MissingRequiredFields"),
        ({"keyAttributes": {"Type": "What", "Name": "api"}}, "InvalidTypeValue"),
        ({"keyAttributes": {"Type": "Service", "Else": "x"}}, "InvalidKeyAttributes"),
        ({**good, "attributes": {str(n): "x" for n in range(11)}}, "InvalidAttributes"),
    ]:
        answer = e.logs.put_log_events(**names, logEvents=[event("b")], entity=bad)
        assert answer["rejectedEntityInfo"] == {"errorType": kind}, answer
    assert len(e.read(names)) == 5


# Bodies, signatures, answers.


@check("body", moto="moto answers 500 to JSON that is no request")
def a_body_that_is_no_request_is_a_serialization_error(e):
    for body in [b"{", b"[]", b"", b'{"logGroupName":1}', b'{"logGroupName":"a","logStreamName":"b","logEvents":{}}',
                 b'{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":"x","message":"y"}]}',
                 b'{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"\xff"}]}',
                 b'{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"\x01"}]}']:
        status, headers, answer = e.raw("PutLogEvents", body)
        assert status == 400, (body, status, answer)
        kind = json.loads(answer)["__type"]
        assert kind in ("SerializationException", INVALID), (body, answer)
        assert headers["x-amzn-ErrorType"] == kind, headers


@check("body", moto="moto does not miss members")
def a_member_that_is_missing_is_named(e):
    names = e.stream()
    refused(INVALID, lambda: e.logs.put_log_events(logGroupName="g", logEvents=[event()]), "logStreamName")
    refused(INVALID, lambda: e.put(names, [{"message": "x"}]), "logEvents.1.member.timestamp")
    refused(INVALID, lambda: e.put(names, [{"timestamp": now()}]), "logEvents.1.member.message")


@check("body")
def members_in_any_order_with_spaces_and_unknown_ones_are_read(e):
    names, start = e.stream(), now()
    body = f"""{{ "future" : {{"x": [1, null]}},
        "logEvents" : [ {{ "message" : "one", "timestamp" : {start} , "extra": true }},
                        {{"timestamp":{start},"message":"\\u0074w\\u006f \\ud83d\\ude80"}} ],
        "logStreamName" : "{names['logStreamName']}", "sequenceToken": null, "logGroupName":"{names['logGroupName']}" }}"""
    status, _, answer = e.raw("PutLogEvents", body.encode())
    assert status == 200, answer
    assert e.read(names) == ["one", "two 🚀"], e.read(names)


@check("body-gzip")
def a_body_may_be_gzip(e):
    names = e.stream()
    body = json.dumps({**names, "logEvents": [event("packed " * 100)]}).encode()
    status, _, answer = e.raw("PutLogEvents", gzip.compress(body), {"Content-Encoding": "gzip"})
    assert status == 200, answer
    assert e.read(names) == ["packed " * 100]


@check("body-gzip", moto="moto answers 500 to a broken gzip body")
def a_body_that_says_gzip_and_is_not_is_refused(e):
    status, _, answer = e.raw("PutLogEvents", b"not gzip", {"Content-Encoding": "gzip"})
    assert (status, json.loads(answer)["__type"]) == (400, "SerializationException"), answer


@check(moto="moto answers JSON as text/html")
def answers_have_the_shape_of_awss(e):
    names = e.stream()
    answer = e.put(names, [event()])
    meta = answer["ResponseMetadata"]
    assert meta["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.1", meta
    assert meta["HTTPHeaders"]["x-amzn-requestid"], meta
    assert answer["nextSequenceToken"], answer


NO_SIGNATURES = "moto checks no signatures"


@check("signature-missing", moto=NO_SIGNATURES)
def a_request_without_a_signature_is_refused(e):
    status, headers, answer = e.raw("DescribeLogGroups", b"{}", signed=False)
    assert (status, json.loads(answer)["__type"]) == (400, "MissingAuthenticationTokenException"), answer
    assert headers["x-amzn-RequestId"], headers


@check("signature-key", moto=NO_SIGNATURES)
def an_unknown_key_is_refused(e):
    refused("UnrecognizedClientException", e.client(access_key="nobody").describe_log_groups)


@check("signature-wrong", moto=NO_SIGNATURES)
def a_wrong_secret_is_refused(e):
    refused("InvalidSignatureException", e.client(secret_key="wrong").describe_log_groups, "does not match")


@check("signature-wrong", moto=NO_SIGNATURES)
def a_body_that_was_changed_on_the_way_is_refused(e):
    def mangle(request):
        request.data = b'{"limit":2}'

    status, _, answer = e.raw("DescribeLogGroups", b'{"limit":1}', mangle=mangle)
    assert (status, json.loads(answer)["__type"]) == (400, "InvalidSignatureException"), answer


@check("signature-clock", moto=NO_SIGNATURES)
def a_clock_that_is_off_is_refused(e):
    for skew, text in [(-600, b"Signature expired"), (600, b"not yet current")]:
        status, _, answer = e.raw("DescribeLogGroups", b"{}", skew=skew)
        assert status == 400 and b"InvalidSignatureException" in answer and text in answer, answer
    assert e.raw("DescribeLogGroups", b"{}", skew=-200)[0] == 200


@check("signature-token", moto=NO_SIGNATURES)
def a_token_that_does_not_belong_to_the_key_is_refused(e):
    refused("UnrecognizedClientException", e.client(token="stray").describe_log_groups)


@check("operation", moto="moto answers 404 with HTML")
def an_unknown_operation_is_refused(e):
    status, _, answer = e.raw("Nonsense", b"{}")
    assert (status, json.loads(answer)["__type"]) == (400, "UnknownOperationException"), answer


@check("read-limits", moto="moto has no lower limit")
def reads_and_listings_have_limits(e):
    names = e.stream()
    for limit in [0, 10_001]:
        refused(INVALID, lambda: e.logs.get_log_events(**names, limit=limit), "limit")
        refused(INVALID, lambda: e.logs.filter_log_events(logGroupName=names["logGroupName"], limit=limit), "limit")
    for limit in [0, 51]:
        refused(INVALID, lambda: e.logs.describe_log_groups(limit=limit), "limit")
        refused(INVALID, lambda: e.logs.describe_log_streams(logGroupName=names["logGroupName"], limit=limit), "limit")


@check("quotas", moto="moto does not throttle")
def too_many_requests_a_second_are_throttled(e):
    fault = {"operation": "DescribeLogGroups", "effect": {"rate": {"perSecond": 0.001, "burst": 3}}}
    (fault_id,) = e.admin("POST", "faults", fault)["ids"]
    for _ in range(3):
        e.logs.describe_log_groups(limit=1)
    refused("ThrottlingException", lambda: e.logs.describe_log_groups(limit=1), "Rate exceeded")
    e.admin("DELETE", f"faults/{fault_id}")
    e.logs.describe_log_groups(limit=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--moto", action="store_true", help="the endpoint is moto: what it is known not to do is not checked")
    parser.add_argument("--only", help="checks whose names hold this")
    parser.add_argument("--access-key", default="local")
    parser.add_argument("--secret-key", default="local")
    arguments = parser.parse_args()
    endpoint = Endpoint(arguments)
    failed = 0
    for name, _, moto, function in CHECKS:
        if arguments.only and arguments.only not in name:
            continue
        if arguments.moto and moto:
            print(f"moto  {name}: {moto}")
            continue
        try:
            function(endpoint)
            print(f"ok    {name}")
        except Exception:
            failed += 1
            print(f"FAIL  {name}\n{traceback.format_exc()}")
    if not arguments.moto and not arguments.only:
        covered = {rule for _, rules, _, _ in CHECKS for rule in rules}
        table = {row["name"] for row in endpoint.admin("GET", "rules")}
        if covered != table:
            failed += 1
            print(f"FAIL  rules without a check: {sorted(table - covered)}; checks of no rule: {sorted(covered - table)}")
    print(f"{failed} of {len(CHECKS)} failed" if failed else f"all {len(CHECKS)} passed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
