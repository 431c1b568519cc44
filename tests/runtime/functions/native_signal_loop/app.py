"""A fault whose C handler returns to the faulting instruction, for ever. Outcome: timed out.

The handler is libc's abs(): it takes the signal number, does nothing and returns.
"""

import ctypes
import signal


def handler(event, context):
    if event.get("behave"):
        return "ok"
    libc = ctypes.CDLL(None)
    libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    libc.signal(signal.SIGSEGV, ctypes.cast(libc.abs, ctypes.c_void_p))
    ctypes.string_at(0)
