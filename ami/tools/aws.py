"""What both tools share: clients, errors in a sentence, waiting with a limit."""

import os
import sys
import time

try:
    import boto3
    import botocore.exceptions
except ImportError:
    sys.exit("the tools need boto3: pip install boto3 (or run them by make, which does)")


class Failure(Exception):
    """Something that a person must know: what, where, and the way out."""


def run(main):
    """Calls main and turns what goes wrong into one line and an exit code: 0 done, 1 failed, 2 usage, 130 interrupted."""
    name = os.path.basename(sys.argv[0])
    try:
        return main() or 0
    except Failure as failure:
        reason = str(failure)
    except botocore.exceptions.NoCredentialsError:
        reason = "no credentials: set AWS_PROFILE, or run `aws sso login`, or use a role"
    except botocore.exceptions.NoRegionError:
        reason = "no region: pass --region or set AWS_REGION"
    except botocore.exceptions.EndpointConnectionError as error:
        reason = f"{error}: is the region's name right, and is there a network?"
    except botocore.exceptions.ClientError as error:
        problem = error.response.get("Error", {})
        reason = f"{error.operation_name}: {problem.get('Code')}: {problem.get('Message')}"
    except botocore.exceptions.BotoCoreError as error:
        reason = str(error)
    except KeyboardInterrupt:
        print(f"{name}: interrupted; run it again to go on where it stopped", file=sys.stderr)
        return 130
    print(f"{name}: {reason}", file=sys.stderr)
    return 1


def client(service, region):
    region = region or os.environ.get("AWS_REGION")  # boto3 itself looks at AWS_DEFAULT_REGION and the profile only
    known = boto3.session.Session().get_available_regions("ec2")
    if region and region not in known:
        raise Failure(f"{region} is no region of AWS: one of {', '.join(known)}")
    return boto3.client(service, region_name=region)


def wait(what, done, timeout, interval):
    """Calls done() until it returns something true; raises Failure after timeout seconds."""
    end = time.monotonic() + timeout
    while True:
        result = done()
        if result:
            return result
        if time.monotonic() >= end:
            raise Failure(f"waited {timeout:.0f} s for {what}; run it again to go on, or raise --timeout")
        time.sleep(interval)


def pages(client_, operation, key, **arguments):
    for page in client_.get_paginator(operation).paginate(**arguments):
        yield from page[key]
