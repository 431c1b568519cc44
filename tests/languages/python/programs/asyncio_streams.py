"""asyncio: timers, queues, streams over loopback and Unix sockets, executors, cancellation, signals."""

import asyncio
import os
import signal
import socket

from checks import check, finish

CLIENTS = 50


async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def ask(connect, name):
    reader, writer = await connect()
    answers = []
    for number in range(10):
        writer.write(f"{name} {number}\n".encode())
        answers.append(await reader.readline())
    writer.close()
    await writer.wait_closed()
    return answers == [f"{name} {number}\n".upper().encode() for number in range(10)]


async def streams():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connects = [lambda: asyncio.open_connection("127.0.0.1", port)]
    unix_server = await asyncio.start_unix_server(echo, "/tmp/echo.socket")
    connects.append(lambda: asyncio.open_unix_connection("/tmp/echo.socket"))
    for connect in connects:
        answers = await asyncio.gather(*(ask(connect, f"client {n}") for n in range(CLIENTS)))
        check(answers == [True] * CLIENTS, f"{CLIENTS} clients of a stream server")
    server.close()
    unix_server.close()
    await server.wait_closed()


async def large_transfer():
    left, right = socket.socketpair()
    _, writer = await asyncio.open_connection(sock=left)
    reader, _ = await asyncio.open_connection(sock=right)
    data = os.urandom(1 << 20) * 8
    sending = asyncio.create_task(send(writer, data))
    received = await reader.readexactly(len(data))
    await sending
    check(received == data, "8 MiB through a socket pair")


async def send(writer, data):
    writer.write(data)
    await writer.drain()


async def timers():
    loop = asyncio.get_running_loop()
    order = []
    started = loop.time()
    for delay in (0.05, 0.01, 0.03, 0.02, 0.04):
        loop.call_at(started + delay, order.append, delay)
    await asyncio.sleep(0.06)
    check(order == sorted(order) and len(order) == 5, f"timers go off in order: {order}")
    check(0.06 <= loop.time() - started, "a sleep takes its time")
    try:
        await asyncio.wait_for(asyncio.sleep(30), 0.02)
        check(False, "a time-out")
    except asyncio.TimeoutError:
        check(True, "a time-out")


async def queues():
    queue = asyncio.Queue(maxsize=3)
    seen = []

    async def consume():
        while (item := await queue.get()) is not None:
            seen.append(item)

    consumer = asyncio.create_task(consume())
    for item in range(1000):
        await queue.put(item)
    await queue.put(None)
    await consumer
    check(seen == list(range(1000)), "a bounded queue")


async def executors():
    loop = asyncio.get_running_loop()
    results = await asyncio.gather(*(loop.run_in_executor(None, sum, range(n)) for n in range(200)))
    check(results == [sum(range(n)) for n in range(200)], "a thread pool")
    called = asyncio.Event()
    loop.run_in_executor(None, lambda: loop.call_soon_threadsafe(called.set))
    await asyncio.wait_for(called.wait(), 10)
    check(True, "a call from another thread")


async def signals():
    loop = asyncio.get_running_loop()
    got = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, got.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.wait_for(got.wait(), 10)
    check(loop.remove_signal_handler(signal.SIGUSR1), "a signal handler")


async def cancellation():
    reached = []

    async def endless():
        try:
            await asyncio.sleep(1000)
        finally:
            reached.append("finally")

    task = asyncio.create_task(endless())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        reached.append("cancelled")
    check(reached == ["finally", "cancelled"], "cancelling a task")


async def main():
    for part in (streams, large_transfer, timers, queues, executors, signals, cancellation):
        await part()


asyncio.run(main())
finish()
