"""The event comes back as the reply."""

import random


def make_event(seed, size):
    return {"text": random.Random(seed).randbytes(size // 2).hex()}


def handler(event, context):
    return event
