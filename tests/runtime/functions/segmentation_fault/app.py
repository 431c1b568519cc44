"""Reads through a null pointer. Outcome: crashed (SIGSEGV); what was printed is in the log."""

import ctypes


def handler(event, context):
    if event.get("behave"):
        return "ok"
    print("before the fault")
    ctypes.string_at(0)
