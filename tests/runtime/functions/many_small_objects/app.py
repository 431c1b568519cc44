"""As memory_hog, by small objects. Outcome: out of memory, or a function error (MemoryError)."""


def handler(event, context):
    if event.get("behave"):
        return "ok"
    kept = None
    while True:
        kept = (kept, object())
