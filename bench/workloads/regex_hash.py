"""Log lines taken apart by regular expressions, and digests of what was found."""

import hashlib
import random
import re

LINE = re.compile(r'(?P<host>[\d.]+) - - \[(?P<when>[^\]]+)\] "(?P<verb>[A-Z]+) (?P<path>\S+)" (?P<status>\d{3})')
SECRET = re.compile(r"(?:token|password)=([^&\s]+)")


def make_event(seed):
    generator = random.Random(seed)
    lines = []
    for _ in range(600):
        host = ".".join(str(generator.randrange(256)) for _ in range(4))
        path = f"/item/{generator.randrange(1000)}?token={generator.getrandbits(64):x}"
        verb = generator.choice(("GET", "PUT", "POST"))
        lines.append(f'{host} - - [10/Oct/2025:13:55:{generator.randrange(60):02}] "{verb} {path}" 200')
    return {"log": "\n".join(lines)}


def handler(event, context):
    verbs = {}
    digest = hashlib.sha256()
    for line in event["log"].split("\n"):
        found = LINE.match(line)
        verbs[found["verb"]] = verbs.get(found["verb"], 0) + 1
        path = SECRET.sub(lambda secret: hashlib.md5(secret[1].encode()).hexdigest(), found["path"])
        digest.update((found["host"] + path).encode())
    rounds = hashlib.pbkdf2_hmac("sha256", digest.digest(), b"salt", 2000).hex()
    return {"verbs": verbs, "digest": digest.hexdigest(), "derived": rounds}
