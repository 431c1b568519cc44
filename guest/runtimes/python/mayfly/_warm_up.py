"""Brings memory and code into the state an invocation likes to find, before the snapshot is taken.

A page that is first touched after a resume costs a page fault in every invocation, for the reset makes
it untouched again. So the allocators' free memory is touched before.
"""

import contextlib
import ctypes
import gc
import logging
import os
import shutil
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

_REHEARSAL_MODULE = "_mayfly_rehearsal"

_kept = []


def settle_memory():
    """Call last before waiting for the function."""
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


# Compiled, imported and called as a function is, then forgotten.
_REHEARSAL = '''
"""A function."""

import json
import os

LIMIT = int(os.environ.get("LIMIT", "10"))


class Table:
    """A class."""

    kind: str = "table"

    def __init__(self, rows=None, **more):
        self._rows = {str(key): [value] for key, value in (rows or {}).items()}

    @property
    def size(self):
        return len(self._rows)


def handler(event, context):
    try:
        table = Table({"a": 1.5, **event})
        names = [f"{name}: {len(row)}" for name, row in sorted(table._rows.items()) if row]
    except (KeyError, ValueError) as error:
        raise RuntimeError("no table") from error
    return {"names": names[:LIMIT], "size": table.size, "id": context.aws_request_id}
'''


def rehearse_load():
    """Loads a function of ours and forgets it: what every load changes is then in the base snapshot."""
    environment, path, folder = dict(os.environ), list(sys.path), os.getcwd()
    with _temporary_folder() as task_root:
        with open(f"{task_root}/{_REHEARSAL_MODULE}.py", "w", encoding="utf-8") as file:
            file.write(_REHEARSAL)
        settings = {
            "handler": f"{_REHEARSAL_MODULE}.handler",
            "function_name": "rehearsal",
            "memory_limit_in_mb": 128,
            "environment": {},
            "task_root": task_root,
            "log_stream_name": "2026/01/31/[$LATEST]0123456789abcdef0123456789abcdef",
        }
        handler, context_class = _function.load(settings)
        handler({"b": 2}, context_class(b"rehearsal", 0))
        os.chdir(folder)
    del sys.modules[_REHEARSAL_MODULE]
    sys.path_importer_cache.pop(task_root, None)
    sys.path[:] = path
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()


@contextlib.contextmanager
def _temporary_folder():
    folder = "/tmp/mayfly-rehearsal"
    os.mkdir(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


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
