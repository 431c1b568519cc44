"""Uses the runtime's own invoke device against it: a crash, or the handler's own reply; never a reply to another event."""

import os


def invoke_device():
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}") == "/dev/invoke":
                return int(name)
        except OSError:
            pass
    raise LookupError("no descriptor is the invoke device")


def handler(event, context):
    how = event.get("how", "behave")
    if how == "close":
        os.close(invoke_device())
    elif how == "garbage":
        os.write(invoke_device(), b"\xff" * 100)
    elif how == "twice":
        os.writev(invoke_device(), [b"\0" * 8, b'"first"'])
        os.writev(invoke_device(), [b"\0" * 8, b'"second"'])
    elif how == "read":
        os.read(invoke_device(), 4096)
    return "ok"
