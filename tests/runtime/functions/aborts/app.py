"""Outcome: crashed (SIGABRT)."""

import os


def handler(event, context):
    if event.get("behave"):
        return "ok"
    print("before the abort")
    os.abort()
