"""Is two seconds on the way."""

import time

time.sleep(2)


def handler(event, context):
    return event
