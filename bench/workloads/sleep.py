"""Waiting, as for a database."""

import time


def make_event(seed):
    return {"seconds": 0.010, "seed": seed}


def handler(event, context):
    time.sleep(event["seconds"])
    return {"slept": event["seconds"], "seed": event["seed"]}
