"""Replies with event["bytes"] characters. Outcome: function error (Function.ResponseSizeTooLarge) over 6 MiB."""


def handler(event, context):
    return "x" * event.get("bytes", 7 << 20)
