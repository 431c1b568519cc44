"""Outcome: function error (Runtime.MarshalError)."""

VALUES = {"set": {1, 2}, "bytes": b"x", "nan": float("nan"), "object": object(), "key": {(1, 2): 3}, "ok": "ok"}


def handler(event, context):
    return VALUES[event.get("value", "set")]
