"""Replies with its event and what it was told about itself."""

import os


def handler(event, context):
    return {
        "event": event,
        "function_name": context.function_name,
        "request_id": context.aws_request_id,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "log_stream_name": context.log_stream_name,
        "environment": {name: value for name, value in os.environ.items() if name.startswith("MF_")},
        "files": sorted(os.listdir("/var/task")),
        "writable": os.access("/var/task", os.W_OK),
        "tmp": os.listdir("/tmp"),
    }
