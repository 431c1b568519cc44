"""Many threads that compute, lock, wait, allocate and use files at once."""

import collections
import hashlib
import json
import os
import queue
import random
import re
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

from checks import check, finish

THREADS = 16


def run(function, count=THREADS):
    errors = []

    def guarded(index):
        try:
            function(index)
        except BaseException as error:
            errors.append(repr(error))

    threads = [threading.Thread(target=guarded, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    check(not errors and not any(thread.is_alive() for thread in threads), f"{function.__name__}: {errors[:3]}")


counter = 0
lock = threading.Lock()


def locked_counter(_):
    global counter
    for _ in range(5_000):
        with lock:
            counter += 1


def mixed_work(index):
    generator = random.Random(index)
    for turn in range(60):
        data = generator.randbytes(20_000)
        assert zlib.decompress(zlib.compress(data)) == data
        assert len(hashlib.sha256(data * 10).hexdigest()) == 64
        value = {"list": list(range(200)), "text": "x" * 200, "turn": turn}
        assert json.loads(json.dumps(value)) == value
        assert len(re.findall(r"\d+", " ".join(map(str, range(300))))) == 300
        if turn % 10 == 0:
            time.sleep(0.001)


def files(index):
    path = f"/tmp/file-{index}"
    for turn in range(40):
        with open(path, "wb") as file:
            file.write(bytes([index]) * (1000 + turn))
        with open(path, "rb") as file:
            assert file.read() == bytes([index]) * (1000 + turn)
        os.rename(path, path + "-moved")
        os.remove(path + "-moved")


def memory(index):
    kept = collections.deque(maxlen=4)
    for turn in range(60):
        block = bytearray(300_000)
        block[turn] = index
        kept.append(block)
        assert sum(block) == index


run(locked_counter)
check(counter == THREADS * 5_000, f"a counter under a lock: {counter}")
run(mixed_work)
run(files)
run(memory)

tasks = queue.Queue(10)
done = queue.Queue()


def worker(_):
    while (item := tasks.get()) is not None:
        done.put(item * 2)


workers = [threading.Thread(target=worker, args=(index,)) for index in range(8)]
for one in workers:
    one.start()
for item in range(2_000):
    tasks.put(item)
for _ in workers:
    tasks.put(None)
for one in workers:
    one.join(60)
check(sorted(done.queue) == [item * 2 for item in range(2_000)], "2,000 items through a queue")

with ThreadPoolExecutor(12) as pool:
    squares = list(pool.map(lambda n: n * n, range(3_000)))
check(squares == [n * n for n in range(3_000)], "a pool")

condition = threading.Condition()
turn = 0


def in_turns(index):
    global turn
    for _ in range(50):
        with condition:
            assert condition.wait_for(lambda: turn % 4 == index, 60)
            turn += 1
            condition.notify_all()


run(in_turns, 4)
check(turn == 200, f"turns: {turn}")

barrier = threading.Barrier(10)
passed = collections.Counter()


def meet(index):
    for round_number in range(30):
        barrier.wait(60)
        passed[index] += 1


run(meet, 10)
check(sum(passed.values()) == 300, "barriers")

timer_fired = threading.Event()
threading.Timer(0.02, timer_fired.set).start()
check(timer_fired.wait(20), "a timer")
started = time.monotonic()
check(not threading.Event().wait(0.05) and time.monotonic() - started >= 0.05, "a wait that times out")
finish()
