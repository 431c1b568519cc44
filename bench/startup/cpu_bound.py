"""Work for the processor alone, in a microVM and on the host alike; replies with the microseconds it took."""

import json
import re
import time


def work():
    number = 0.5
    counts = {}
    for i in range(10_000):
        number = number * 1.0000001 + i % 7 * 0.25
        counts[i % 1000] = counts.get(i % 1000, 0) + i
    document = {"items": [{"id": i, "name": f"name {i}", "value": i * number} for i in range(200)]}
    for _ in range(5):
        document = json.loads(json.dumps(document))
    text = " ".join(f"user{i}@example{i % 13}.org" for i in range(300))
    for _ in range(5):
        re.findall(r"(\w+)@(\w+)\.org", text)


def handler(event, context):
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e6
