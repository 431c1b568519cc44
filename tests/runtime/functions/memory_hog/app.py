"""Takes memory until there is none. Outcome: out of memory, or a function error (MemoryError)."""


def handler(event, context):
    if event.get("behave"):
        return "ok"
    kept = []
    while True:
        kept.append(bytearray(b"x") * (1 << 20))
