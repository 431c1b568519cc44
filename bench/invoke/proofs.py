"""Leaves a secret wherever a function can, and says what it found there and which random numbers it drew."""

import os
import random
import uuid

HELD = os.urandom(16).hex()  # made once, before the snapshot
PATH = "/tmp/secret"

memory = {}


def found():
    if "secret" in memory:
        yield "memory"
    if "SECRET" in os.environ:
        yield "environment"
    if os.path.exists(PATH):
        yield "file"


def handler(event, context):
    places = list(found())
    memory["secret"] = os.environ["SECRET"] = event["secret"]
    with open(PATH, "w") as file:
        file.write(event["secret"])
    numbers = [f"{random.getrandbits(64):x}", str(uuid.uuid4()), os.urandom(8).hex()]
    return {"found": places, "held": HELD, "random": numbers}
