"""A picture made smaller with Pillow: decode, scale, encode."""

import base64
import hashlib
import io
import random

from PIL import Image

SIZE = (640, 480)


def make_event(seed):
    generator = random.Random(seed)
    small = Image.frombytes("RGB", (32, 24), generator.randbytes(32 * 24 * 3))
    buffer = io.BytesIO()
    small.resize(SIZE, Image.BICUBIC).save(buffer, "JPEG", quality=85)
    return {"image": base64.b64encode(buffer.getvalue()).decode()}


def handler(event, context):
    picture = Image.open(io.BytesIO(base64.b64decode(event["image"])))
    picture.thumbnail((128, 128), Image.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return {"size": picture.size, "pixels": hashlib.sha256(picture.tobytes()).hexdigest(), "bytes": buffer.tell()}
