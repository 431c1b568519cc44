"""Finished; a thread that sleeps most of the time waits beside the handler, which may sleep or be profiled too."""

import signal
import threading
import time


def heartbeat():
    while True:
        time.sleep(30)


threading.Thread(target=heartbeat, daemon=True).start()
signal.signal(signal.SIGPROF, signal.SIG_IGN)


def handler(event, context):
    if event.get("profile"):
        signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
    sleep = event.get("sleep", 0)
    if sleep:
        time.sleep(sleep)
    return "ok"
