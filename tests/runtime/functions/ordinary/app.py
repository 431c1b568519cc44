"""What events usually do, and nothing that needs new memory of the kernel."""

import datetime
import json
import re
import uuid


def handler(event, context):
    name = event.get("name", "stranger")
    now = datetime.datetime.now(datetime.timezone.utc)
    print(f"{now.isoformat()} {name}, request {context.aws_request_id}, {context.get_remaining_time_in_millis()} ms")
    people = {f"{name} {i}": {"id": str(uuid.uuid4()), "scores": [i / 7, i * i]} for i in range(50)}
    text = json.dumps(people)
    numbers = re.findall(r"\d+\.\d+", text)
    return {"people": len(json.loads(text)), "numbers": len(numbers), "sorted": sorted(people)[0]}
