"""Recursion that Python itself stops. Outcome: function error (RecursionError)."""


def handler(event, context):
    return "ok" if event.get("behave") else handler(event, context)
