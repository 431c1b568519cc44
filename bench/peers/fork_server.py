"""The peer without isolation: a warm interpreter that forks for each event.

Reads one event a line from standard input and writes one reply a line to standard output. The
handler's source is the first argument; with a second one events are answered without a fork. As in a
microVM, json is imported before the first event.
"""

import gc
import json
import os
import signal
import sys

scope = {}
exec(sys.argv[1], scope)
handler = scope["handler"]
forks = len(sys.argv) == 2

signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the benchmark, whose end ends the input
# Children are reaped by the kernel, so that waiting for them is not on the way of the next event.
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
# As every pre-forking server in Python does: keeps the collector from copying shared pages.
gc.collect()
gc.freeze()

os.write(1, b"ready\n")
pending = b""
while True:
    chunk = os.read(0, 65536)
    if not chunk:
        break
    pending += chunk
    if not pending.endswith(b"\n"):
        continue
    if not forks or os.fork() == 0:
        reply = json.dumps(handler(json.loads(pending), None))
        os.write(1, reply.encode() + b"\n")
        if forks:
            os._exit(0)
    pending = b""
