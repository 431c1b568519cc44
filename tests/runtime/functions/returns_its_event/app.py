"""Replies with its event, or with a string of event["characters"] characters."""


def handler(event, context):
    if isinstance(event, dict) and "characters" in event:
        return "x" * event["characters"]
    return event
