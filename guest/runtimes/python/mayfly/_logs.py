"""Standard output, standard error and logging, as a function sees them.

Each write reaches the log at once, so what was printed before a crash is there, in order.
"""

import io
import logging
import sys
import time

# The 64-byte request id of the current event; NUL-terminated.
request = b""


def request_id():
    return request.partition(b"\0")[0].decode("ascii", "replace")


def _unbuffered(fd):
    raw = io.FileIO(fd, "w", closefd=False)
    stream = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True)
    stream.mode = "w"
    return stream


class _RequestId(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id()
        return True


class _StandardError(logging.StreamHandler):
    """Writes to what sys.stderr is at that moment: functions do replace it."""

    def __init__(self):
        logging.Handler.__init__(self)

    @property
    def stream(self):
        return sys.stderr


def configure():
    sys.stdout = sys.__stdout__ = _unbuffered(1)
    sys.stderr = sys.__stderr__ = _unbuffered(2)

    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler = _StandardError()
    handler.setFormatter(formatter)
    handler.addFilter(_RequestId())
    logging.getLogger().addHandler(handler)
