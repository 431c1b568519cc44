"""Makes its microVM process do all that an invocation may need of the host: {"do": NAME}."""

import os
import signal
import threading
import time


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def ticks():
    """Of a timer and of two threads that want the processor."""
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
    other = threading.Thread(target=spin, args=(0.05,))
    other.start()
    spin(0.05)
    other.join()
    signal.setitimer(signal.ITIMER_REAL, 0)


def memory():
    """Taken, given back, and mapped anew, as files are."""
    held = bytearray(60 << 20)
    del held
    with open("/tmp/file", "wb", buffering=0) as file:
        for _ in range(60):
            file.write(bytes(1 << 20))
    os.remove("/tmp/file")


def log():
    for _ in range(2000):
        print("x" * 1000)


def sleep():
    time.sleep(0.05)


def hang():
    spin(3600)


def handler(event, context):
    {"ticks": ticks, "memory": memory, "log": log, "sleep": sleep, "hang": hang}[event["do"]]()
    return "x" * 100_000
