"""Outcome: crashed, by the signal in the event (9 if none)."""

import os


def handler(event, context):
    if event.get("behave"):
        return "ok"
    os.kill(os.getpid(), event.get("signal", 9))
