"""Draws from every generator a function can reach. No two clones may agree in any of them.

All have been used at import, so each has a state that clones would share if it were not renewed.
"""

import os
import random
import secrets
import sqlite3
import ssl
import tempfile
import uuid
from random import getrandbits

try:
    import numpy
except ImportError:
    numpy = None

database = sqlite3.connect(":memory:")


def draw():
    numbers = {
        "random": random.random(),
        "getrandbits": getrandbits(64),
        "gauss": random.gauss(0, 1),
        "uuid1": uuid.uuid1().hex,
        "uuid4": uuid.uuid4().hex,
        "secrets": secrets.token_hex(16),
        "urandom": os.urandom(16).hex(),
        "getrandom": os.getrandom(16).hex(),
        "ssl": ssl.RAND_bytes(16).hex(),
        "sqlite": database.execute("select random()").fetchone()[0],
        "tempfile": tempfile.mktemp(),
    }
    with open("/dev/urandom", "rb", buffering=0) as file:
        numbers["/dev/urandom"] = file.read(16).hex()
    if numpy is not None:
        numbers["numpy"] = float(numpy.random.rand())
        numbers["numpy integers"] = int(numpy.random.randint(1 << 62))
    return numbers


at_import = draw()


def handler(event, context):
    return draw()
