"""What most handlers do in some way: text, JSON, time, an identifier, a line of output."""

import datetime
import json
import platform
import uuid


def handler(event, context):
    now = datetime.datetime.now(datetime.timezone.utc)
    print(f"{now.isoformat()}: greeting {event.get('name')}, request {context.aws_request_id}")
    return {
        "greeting": f"Hello, {event.get('name', 'stranger')}!",
        "event": json.loads(json.dumps(event)),
        "python": platform.python_version(),
        "unique": str(uuid.uuid4()),
    }
