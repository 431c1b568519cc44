"""No function is created: there is no `handler` here."""


def handle(event, context):
    return event
