"""The example of `make run`: greets, and tells a little about the microVM it ran in."""

import platform
import uuid


def handler(event, context):
    name = event.get("name", "stranger")
    print(f"greeting {name}, request {context.aws_request_id}")
    return {
        "greeting": f"Hello, {name}!",
        "python": platform.python_version(),
        "unique": str(uuid.uuid4()),
        "memory_limit_mb": context.memory_limit_in_mb,
        "remaining_ms": context.get_remaining_time_in_millis(),
    }
