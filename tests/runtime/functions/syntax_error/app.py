"""No function is created; the message names the line."""


def handler(event, context:
    return event
