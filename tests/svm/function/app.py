"""The function of the SVM lane: answers, counts, fails, sleeps, computes or never ends, as the event says."""

import random
import time

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
    if kind == "sleep":
        time.sleep(event["seconds"])
    if kind == "busy":
        end = time.monotonic() + event["seconds"]
        while time.monotonic() < end:
            pass
    if kind == "time":
        return {"time": int(time.time())}
    return {"hello": event.get("name"), "count": count, "random": random.getrandbits(64)}
