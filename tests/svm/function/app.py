"""The function of the SVM lane: answers, counts, fails or never ends, as the event says."""

import random

count = 0


def handler(event, context):
    global count
    count += 1
    kind = event.get("kind", "answer")
    if kind == "fail":
        raise ValueError("as asked")
    if kind == "loop":
        while True:
            pass
    return {"hello": event.get("name"), "count": count, "random": random.getrandbits(64)}
