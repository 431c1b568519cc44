"""sys.exit in a handler. Outcome: function error (Runtime.ExitError)."""

import sys


def handler(event, context):
    if event.get("behave"):
        return "ok"
    sys.exit(3)
