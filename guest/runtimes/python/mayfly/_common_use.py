"""What handlers commonly do, done before the base snapshot is taken.

The kernel notes which pages that uses. A microVM that waits for a function reads of them, and the first event finds
them mapped (docs/design/0012-ready-microvms-are-warm.md). Nothing here is for its result.
"""

import base64
import collections
import copy
import dataclasses
import datetime
import functools
import hashlib
import itertools
import json
import linecache
import logging
import math
import os
import platform
import re
import time
import urllib.parse

from mayfly import _errors, _preload

_WORD = re.compile(r"(?P<first>[a-z]+)[ ,.]*(\w*)")
_logger = logging.getLogger(__name__)


@dataclasses.dataclass
class _Row:
    name: str
    count: int = 0
    tags: list = dataclasses.field(default_factory=list)

    @property
    def label(self):
        return f"{self.name}: {self.count:>4d} {self.count / 3:.2f} {self.name!r}"

    def __lt__(self, other):
        return self.count < other.count


class _Table:
    def __init__(self, rows):
        self._rows = {row.name: row for row in rows}

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return False

    def __iter__(self):
        yield from self._rows.values()

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, name):
        return self._rows[name]


def handler(event, context):
    name = event.get("name", "stranger")
    result = {
        "text": _text(name),
        "numbers": _numbers(20),
        "rows": _rows(["pear", "apple", "fig"]),
        "time": _time(),
        "digest": _digest(name),
        "request": context.aws_request_id,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "python": platform.python_version(),
        "stage": os.environ.get("STAGE"),
        "random": _random(),
    }
    return json.loads(json.dumps(result)) | json.loads(json.dumps(result, indent=2, default=str, sort_keys=True))


def practise(event, context):
    print(f"practice, request {context.aws_request_id}")
    _logger.warning("%s has %d keys", "the event", len(event))
    try:
        event["missing"]
    except KeyError as error:
        _errors.of_call(error)
        linecache.clearcache()
    return handler(event, context)


def _text(name):
    text = f"Hello, {name}! " + "%s and %d" % (name, 7) + " {:,}".format(1234567)
    words = text.replace(",", "").strip().lower().split()
    found = _WORD.search(text) or _WORD.match("a b")
    return [
        " ".join(reversed(words)).title(),
        text.startswith("Hello") and name.isidentifier() and text[1:-1].upper(),
        text.encode().decode("utf-8").partition("!"),
        found.group("first"),
        _WORD.sub("-", text, count=2),
        re.split(r"\s+", text),
        "ä€".encode().decode(),
        urllib.parse.quote(text),
        str(urllib.parse.urlsplit("https://example.org/a?b=1#c").path),
        "\n".join(word.ljust(9, ".") for word in words if "l" in word),
    ]


def _numbers(count):
    squares = [number * number for number in range(count) if number % 3]
    odd, even = set(squares) - {4}, {number for number in squares if number & 1 == 0}
    return {
        "sum": sum(squares) + sum(range(100)),
        "mean": round(sum(squares) / len(squares), 3),
        "range": [min(squares), max(squares), abs(-3), divmod(17, 5), pow(3, 5, 7), 2**70 // 3],
        "sorted": sorted(squares, key=lambda number: -number)[:3],
        "sets": [len(odd & even), len(odd | even), 16 in even],
        "any": any(number > 9 for number in squares) and all(squares),
        "pairs": list(zip(squares, itertools.islice(itertools.count(1), 3))),
        "reduced": functools.reduce(lambda left, right: left ^ right, squares),
        "float": [math.sqrt(2.0), float("1.5"), int("42"), 1e3 * 0.1, math.floor(2.5)],
    }


def _rows(names):
    table = _Table(_Row(name, index, [str(index)]) for index, name in enumerate(names))
    groups = collections.defaultdict(list)
    with table:
        for row in sorted(table, reverse=True):
            groups[row.count % 2].append(row.label)
    try:
        table["missing"]
    except KeyError as error:
        groups[type(error).__name__].append(str(error))
    try:
        raise ValueError("no number") from None
    except (TypeError, ValueError) as error:
        groups["error"].append(f"{error}")
    finally:
        groups["counted"] = dict(collections.Counter("mississippi").most_common(2))
    first, *rest = copy.deepcopy([dataclasses.asdict(row) for row in table])
    groups["first"].append({**first, "rest": len(rest), "is_row": isinstance(table["fig"], _Row)})
    return {str(key): value for key, value in groups.items()}


def _time():
    now = datetime.datetime.now(datetime.timezone.utc)
    later = now + datetime.timedelta(minutes=5)
    return [time.time() > 0, time.perf_counter() > 0, now.isoformat(), later.strftime("%Y-%m-%d"), (later - now).seconds]


def _digest(name):
    digest = hashlib.sha256(name.encode())
    return [digest.hexdigest(), hashlib.md5(b"").hexdigest(), base64.b64encode(digest.digest()).decode()]


def _random():
    # Whoever imports one of these gets it renewed, so that it has been used before tells nobody anything.
    random, uuid = _preload.peek("random"), _preload.peek("uuid")
    return [random.random() < 1, random.choice("abc"), str(uuid.uuid4())]
