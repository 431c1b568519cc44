"""Writes to /tmp until it is full. Outcome: finished; replies with the error, and that memory is still usable."""

import errno
import os


def fill(path):
    written = 0
    with open(path, "wb", buffering=0) as file:
        while True:
            written += file.write(bytes(1 << 20))


def handler(event, context):
    if event.get("behave"):
        return {"files": os.listdir("/tmp")}
    try:
        fill("/tmp/full")
    except OSError as error:
        name = errno.errorcode[error.errno]
    size = os.stat("/tmp/full").st_size
    if event.get("keep"):
        return {"error": name, "bytes": size}
    os.remove("/tmp/full")
    with open("/tmp/again", "w") as file:
        file.write("there is room again")
    return {"error": name, "bytes": size, "again": open("/tmp/again").read()}
