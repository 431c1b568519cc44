"""The handler of app.py between two looks at the clock: what it takes without the way to it and back."""

import time

import app


def handler(event, context):
    start = time.perf_counter()
    reply = app.handler(event, context)
    return {"us": (time.perf_counter() - start) * 1e6, "reply": reply}
