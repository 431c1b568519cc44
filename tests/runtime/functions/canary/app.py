"""Leaves a canary wherever a function can write, and looks for one. Nothing of an event may be seen by the next.

{"write": TEXT} looks first and then writes; {} only looks. Replies with the places where a canary was found.
"""

import builtins
import ctypes
import gc
import json
import logging
import os
import random
import signal
import sys
import threading
import types

CANARY = "canary-"
memory = ["clean"]
closure_cell = (lambda value: (lambda: value))("clean")
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = (ctypes.c_size_t,)
heap_block = libc.malloc(1 << 16)
ctypes.memset(heap_block, 0, 1 << 16)


def files():
    for folder, _, names in os.walk("/tmp"):
        for name in names:
            path = os.path.join(folder, name)
            yield f"file {name}"
            with open(path, errors="replace") as file:
                yield f"content {file.read(1000)}"


def places():
    """What can hold something, as texts."""
    yield from memory
    yield from files()
    yield from (f"{name}={value}" for name, value in os.environ.items())
    yield from sys.modules
    yield from sys.path
    yield from vars(builtins)
    yield from vars(json)
    yield from (thread.name for thread in threading.enumerate())
    yield ctypes.string_at(heap_block, 200).decode(errors="replace")
    yield str(closure_cell())
    yield os.getcwd()
    yield from logging.root.manager.loggerDict
    yield str(handler.__doc__)
    yield f"umask {os.umask(0o022):o}"
    yield f"switch interval {sys.getswitchinterval()}"
    yield f"SIGUSR1 {signal.getsignal(signal.SIGUSR1)}"
    yield f"recursion limit {sys.getrecursionlimit()}"
    yield f"gc {gc.isenabled()}"
    yield from (f"fd {os.readlink(f'/proc/self/fd/{fd}')}" for fd in open_descriptors())


def open_descriptors():
    for name in os.listdir("/proc/self/fd"):
        if os.path.islink(f"/proc/self/fd/{name}"):
            yield name


def settings(texts):
    return [text for text in texts if text.startswith(("umask", "switch", "SIGUSR1", "recursion", "gc"))]


def look():
    """Everything that carries a canary, or is not as it was when the module was imported."""
    texts = list(places())
    return [text for text in texts if CANARY in text] + [text for text in settings(texts) if text not in CLEAN]


def write(text):
    memory.append(text)
    os.environ[text.replace("-", "_")] = text
    os.environ["PATH"] = text
    sys.modules[text] = types.ModuleType(text)
    sys.path.append(text)
    setattr(builtins, text, text)
    setattr(json, text, text)
    logging.getLogger(text)
    handler.__doc__ = text
    closure_cell.__closure__[0].cell_contents = text
    ctypes.memmove(heap_block, text.encode(), len(text))
    with open(f"/tmp/{text}", "w") as file:
        file.write(text)
    os.makedirs(f"/tmp/folder/{text}")
    os.open(f"/tmp/{text}", os.O_RDONLY)
    threading.Thread(target=threading.Event().wait, name=text, daemon=True).start()
    signal.signal(signal.SIGUSR1, lambda *_: None)
    os.umask(0o077)
    sys.setswitchinterval(0.123)
    sys.setrecursionlimit(777)
    gc.disable()
    random.seed(1)
    os.chdir(f"/tmp/folder/{text}")
    ctypes.memset(ctypes.create_string_buffer(1 << 20), 0x41, 1 << 20)


def handler(event, context):
    found = look()
    if "write" in event:
        write(CANARY + event["write"])
    return found


CLEAN = settings(places())
