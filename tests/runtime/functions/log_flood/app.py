"""Prints event["bytes"] bytes (for ever if it is 0). Outcome: finished; the log is cut at its limit."""

LINE = "x" * 1023 + "\n"


def handler(event, context):
    if event.get("behave"):
        return "ok"
    wanted = event.get("bytes", 64 << 20)
    print("first line")
    written = 0
    while wanted == 0 or written < wanted:
        print(LINE, end="")
        written += len(LINE)
    print("last line")
    return written
