"""Forks and starts threads without end. Outcome: finished; replies with the errors it got."""

import errno
import os
import threading

LIMIT = 100_000


def forks():
    for count in range(LIMIT):
        try:
            if os.fork() == 0:
                while True:
                    os.fork()
        except OSError as error:
            return {"count": count, "error": errno.errorcode[error.errno]}


def threads():
    stop = threading.Event()
    started = []
    try:
        for _ in range(LIMIT):
            thread = threading.Thread(target=stop.wait, daemon=True)
            thread.start()
            started.append(thread)
    except (RuntimeError, MemoryError) as error:
        return {"count": len(started), "error": str(error)}
    finally:
        stop.set()
        for thread in started:
            thread.join()


def handler(event, context):
    if event.get("behave"):
        return "ok"
    return {"forks": forks(), "threads": threads()}
