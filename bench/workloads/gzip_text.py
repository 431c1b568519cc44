"""1 MB of text compressed and unpacked again."""

import gzip
import random
import zlib

BYTES = 1_000_000


def make_event(seed):
    return {"seed": seed}


def make_text(seed):
    generator = random.Random(seed)
    words = [f"{generator.getrandbits(30):x}" for _ in range(2000)]
    text = " ".join(generator.choices(words, k=BYTES // 7)).encode()
    return (text + text)[:BYTES]


def handler(event, context):
    text = make_text(event["seed"])
    packed = gzip.compress(text, compresslevel=6, mtime=0)
    unpacked = gzip.decompress(packed)
    return {"same": unpacked == text, "packed": len(packed), "crc": zlib.crc32(packed)}
