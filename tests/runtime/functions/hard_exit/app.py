"""Leaves without a reply. Outcome: crashed, exit status 3; what was printed is in the log."""

import logging
import os
import sys


def handler(event, context):
    if event.get("behave"):
        return "ok"
    print("one")
    logging.getLogger().warning("two")
    sys.stderr.write("three\n")
    os.write(1, b"four\n")
    os._exit(event.get("status", 3))
