"""Brings memory and code into the state an invocation likes to find, before the snapshot is taken.

A page that is first touched after a resume costs a page fault in every invocation, for the reset makes
it untouched again. So the allocators' free memory is touched before.
"""

import ctypes
import gc
import logging
import os
import sys
import time

from mayfly import _errors, _function

# <malloc.h>
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3

_POOL_BYTES = 16 * 1024  # of pymalloc, which serves sizes up to 512 in steps of 16
_PAGE_BYTES = 4096
_MALLOC_BYTES = 1024 * 1024
_STACK_DEPTH = 200

_REHEARSED = os.path.join(os.path.dirname(__file__), "rehearsal")

_kept = []


def settle_memory():
    """Call last before the base snapshot."""
    _rehearse_system_calls()
    _keep_freed_memory()
    # One that stays keeps its pool, and with it the arena, from being given back.
    _kept.extend(_touch_small_objects(2 * _POOL_BYTES))
    _touch_malloc(_MALLOC_BYTES)
    _freeze()


def settle_function():
    """Call last before waiting for the first event. What was touched above and is still free is found again."""
    _touch_small_objects(_POOL_BYTES)
    _touch_malloc(_MALLOC_BYTES // 2)
    _freeze()


def _freeze():
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


def _touch_small_objects(bytes_of_each):
    """An object of each size, of the last that were made."""
    overhead = b"".__sizeof__()
    last = []
    for size in range(48, 513, 16):
        blocks = [bytes(size - overhead) for _ in range(bytes_of_each // size)]
        last.append(blocks[-1])
        _free(blocks)
    return last


def _free(blocks):
    """In an order in which the next objects come to lie in few pages: in the first of a pool, where its header is."""
    pools = {}
    while blocks:
        block = blocks.pop()
        pools.setdefault(id(block) // _POOL_BYTES, []).append(block)
        del block
    for pool in sorted(pools.values(), key=lambda pool: sum(id(block) % _POOL_BYTES < _PAGE_BYTES for block in pool)):
        pool.sort(key=id)
        pool.clear()  # from the end


def _touch_malloc(length):
    bytearray(length)


def rehearse_load():
    """Loads a function of ours and forgets it: what every load changes is then in the base snapshot."""
    environment, path, folder = dict(os.environ), list(sys.path), os.getcwd()
    with open(f"{_REHEARSED}/function.py", encoding="utf-8") as file:
        compile(file.read(), file.name, "exec")  # as code is that came without byte code
    settings = {
        "handler": "function.handler",
        "function_name": "rehearsal",
        "memory_limit_in_mb": 128,
        "environment": {},
        "task_root": _REHEARSED,
        "log_stream_name": "2026/01/31/[$LATEST]0123456789abcdef0123456789abcdef",
    }
    handler, context_class = _function.load(settings)
    handler({"b": 2}, context_class(b"rehearsal", 0))
    del sys.modules["function"]
    sys.path[:] = path
    sys.path_importer_cache.pop(_REHEARSED, None)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()


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
