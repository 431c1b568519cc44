"""Brings memory and code into the state an invocation likes to find, before the snapshot is taken.

A page that is first touched after a resume costs a page fault in every invocation, for the reset makes
it untouched again. So the allocators' free memory is touched before.
"""

import ctypes
import gc
import logging
import os
import time

from mayfly import _errors

# <malloc.h>
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3

_POOL_BYTES = 16 * 1024  # of pymalloc, which serves sizes up to 512 in steps of 16
_MALLOC_BYTES = 1024 * 1024
_STACK_DEPTH = 200

_kept = []


def settle_memory():
    """Call last before waiting for an event."""
    _rehearse_system_calls()
    _keep_freed_memory()
    _touch_small_objects()
    _touch_malloc()
    # What lives now is never freed by a collection, so no collection writes to its pages.
    gc.collect()
    gc.freeze()


def _rehearse_system_calls():
    # The kernel makes calls cheap that it has seen before a snapshot.
    fd = os.open("/dev/null", os.O_RDWR)
    os.write(fd, b"")
    os.read(fd, 1)
    os.lseek(fd, 0, os.SEEK_SET)
    os.fstat(fd)
    os.close(fd)
    os.stat("/")
    os.urandom(1)
    time.sleep(0)


def _keep_freed_memory():
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_THRESHOLD, 4 << 20)
    libc.mallopt(_M_TRIM_THRESHOLD, 8 << 20)


def _touch_small_objects():
    overhead = b"".__sizeof__()
    for size in range(48, 513, 16):
        blocks = [bytes(size - overhead) for _ in range(2 * _POOL_BYTES // size)]
        # One that stays keeps its pool, and with it the arena, from being given back.
        _kept.append(blocks[-1])
        del blocks


def _touch_malloc():
    blocks = [bytearray(64 * 1024) for _ in range(_MALLOC_BYTES // (64 * 1024))]
    del blocks


def rehearse_errors():
    """Runs the code that reports errors and logs once, and uses some of the stack."""
    try:
        _recurse(_STACK_DEPTH)
    except ValueError as error:
        _errors.rehearse(error)
    record = logging.LogRecord("mayfly", logging.INFO, __file__, 0, "%s", ("rehearsal",), None)
    for handler in logging.getLogger().handlers:
        handler.filter(record)
        handler.format(record)


def _recurse(depth):
    # Through sorted(), so that the C stack is used too.
    if depth == 0:
        raise ValueError("rehearsal")
    sorted([depth], key=lambda _: _recurse(depth - 1))
