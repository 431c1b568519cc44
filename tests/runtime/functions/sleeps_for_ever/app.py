"""Waits for something that never happens. Outcome: timed out."""

import threading


def handler(event, context):
    if event.get("behave"):
        return "ok"
    threading.Event().wait()
