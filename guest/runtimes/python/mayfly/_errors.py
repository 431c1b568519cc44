"""What went wrong, as JSON and as lines of the log."""

import importlib
import json
import sys
import traceback

from mayfly import _logs

_MAX_MESSAGE = 256 * 1024
# Frames of what calls the function's code.
_NOT_THE_FUNCTIONS = (
    __file__.rpartition("/")[0].rpartition("/")[0],
    importlib.__file__,
    "<frozen importlib",
)


class LoadError(Exception):
    """The function can't be loaded; `kind` is the errorType of the reply."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def plain(kind, message, trace=()):
    """The error JSON."""
    error = {
        "errorMessage": message[:_MAX_MESSAGE],
        "errorType": kind,
        "requestId": _logs.request_id(),
        "stackTrace": list(trace),
    }
    return json.dumps(error).encode()


def response_too_large(length):
    return plain(
        "Function.ResponseSizeTooLarge",
        f"Response payload size ({length} bytes) exceeded maximum allowed payload size (6291456 bytes).",
    )


def of_call(error):
    """The error JSON of an exception out of the handler; its trace goes to the log too."""
    kind, message = _describe(error)
    return _reported(error, kind, message)


def of_load(error):
    """The error JSON of a function that could not be loaded."""
    if isinstance(error, LoadError):
        cause = error.__cause__
        return _reported(cause if cause is not None else error, error.kind, str(error))
    kind, message = _describe(error)
    return _reported(error, kind, message)


def rehearse(error):
    """All of of_call but the line in the log."""
    kind, message = _describe(error)
    "".join(traceback.format_exception(error))
    plain(kind, message, _stack(error))


def _describe(error):
    if isinstance(error, SystemExit):
        return "Runtime.ExitError", f"The function ended the interpreter: sys.exit({_text(error.code)})"
    return type(error).__name__, _text(error)


def _text(value):
    try:
        return str(value)
    except BaseException as error:  # a __str__ of the function's own
        return f"<{type(value).__name__}, whose __str__ raised {type(error).__name__}>"


def _reported(error, kind, message):
    try:
        trace = _stack(error)
        whole = "".join(traceback.format_exception(error))
        print(f"[ERROR] {kind}: {message[:_MAX_MESSAGE]}\n{whole}", end="", file=sys.__stderr__)
    except BaseException:  # out of memory or stack: the reply still says which error it was
        trace = []
    return plain(kind, message, trace)


def _stack(error):
    """The frames of the function's own code, as traceback prints them."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_NOT_THE_FUNCTIONS)
    ]
    lines = traceback.format_list(frames)
    if isinstance(error, SyntaxError):  # where it is, is told by the exception and not by a frame
        lines += list(traceback.TracebackException.from_exception(error).format_exception_only())[:-1]
    return lines
