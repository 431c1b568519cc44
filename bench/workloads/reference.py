"""A warm Python on the host that runs a workload's handler: the native time, and the reply it must have.

The arguments are the workload's source and the size it is made for (0: it has none). Reads a command a
line: "event SEED" prints the event of this seed; "run" and an event on the next line prints "TOTAL HANDLER REPLY":
the microseconds from the event's text to the reply's, those of the handler alone, and the reply.
"""

import json
import os
import signal
import sys
import time

signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the benchmark, whose end ends the input

# A microVM has one processor, so numpy is given one here too.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"

scope = {"__name__": "app"}
exec(sys.argv[1], scope)
handler, make_event = scope["handler"], scope["make_event"]
size = int(sys.argv[2])

print("ready", flush=True)
while command := sys.stdin.readline().split():
    if command[0] == "event":
        seed = int(command[1])
        print(json.dumps(make_event(seed, size) if size else make_event(seed)), flush=True)
        continue
    text = sys.stdin.readline().rstrip("\n")
    start = time.perf_counter()
    event = json.loads(text)
    before = time.perf_counter()
    reply = handler(event, None)
    after = time.perf_counter()
    encoded = json.dumps(reply)
    end = time.perf_counter()
    print((end - start) * 1e6, (after - before) * 1e6, encoded, flush=True)
