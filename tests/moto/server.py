#!/usr/bin/env python3
"""moto's server, with the answers put right that the AWS provider of Terraform cannot do without.

usage: server.py -H 127.0.0.1 -p PORT     (arguments are moto_server's own)

Each fix makes moto answer as AWS does, with what it was told: none accepts what AWS would refuse.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import fixes  # noqa: E402

# Our roles carry policies of their own, but a user's example may attach AWS's.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

if __name__ == "__main__":
    fixes.apply()
    from moto.server import main

    main(sys.argv[1:])
