"""Never ends, and never calls the kernel. Outcome: timed out."""


def handler(event, context):
    if event.get("behave"):
        return "ok"
    while True:
        pass
