"""Memory taken and written, a byte in each page."""

PAGE = 4096


def make_event(seed, size):
    return {"bytes": size, "value": 1 + seed % 2}


def handler(event, context):
    memory = bytearray(event["bytes"])
    pages = len(range(0, event["bytes"], PAGE))
    memory[::PAGE] = bytes([event["value"]]) * pages
    return {"sum": sum(memory[::PAGE])}
