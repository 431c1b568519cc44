"""Writes over the guest kernel. Outcome: crashed; other functions and later events are not touched."""

import ctypes

KERNEL = 0xFFFF_FFFF_8000_0000
DIRECT_MAP = 0xFFFF_C000_0000_0000


def handler(event, context):
    if event.get("behave"):
        return "ok"
    start = {"kernel": KERNEL, "memory": DIRECT_MAP}[event.get("where", "kernel")]
    for page in range(4096):
        ctypes.memset(start + page * 4096, event.get("byte", 0xFF), 4096)
    return "still here"
