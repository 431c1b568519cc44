"""Stands in for the kernel's /dev/invoke: a message socket whose other end is the bootstrap."""

import json
import os
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
BOOTSTRAP = REPOSITORY / "guest/runtimes/python/bootstrap.py"
PYTHON = "/usr/bin/python3.11"
CHUNK = 32 * 1024  # a read may return less than was asked for

LOAD, INVOKE, PRACTISE = 2, 3, 5
SUCCESS, FUNCTION_ERROR, INIT_ERROR = 0, 1, 2


class Reply:
    def __init__(self, message):
        self.status, self.reserved = struct.unpack_from("<II", message)
        self.payload = message[8:]

    def json(self):
        return json.loads(self.payload)


class Runtime:
    """A bootstrap process, with a function's code in a folder of its own."""

    def __init__(self, code, reply_limit=None):
        self.folder = tempfile.TemporaryDirectory(prefix="mayfly-bootstrap-")
        for name, text in ({"app.py": code} if isinstance(code, str) else code).items():
            path = Path(self.folder.name) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if reply_limit:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, reply_limit)
        self.socket.settimeout(120)
        self.log = tempfile.TemporaryFile()
        environment = {"MAYFLY_INVOKE_FD": str(other.fileno()), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        self.process = subprocess.Popen(
            [PYTHON, str(BOOTSTRAP)],
            env=environment,
            pass_fds=[other.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        other.close()
        self.generation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.folder.cleanup()

    def send(self, kind, payload, request_id="request-1", timeout_ms=0, generation=None):
        self.generation = self.generation + 1 if generation is None else generation
        deadline = time.clock_gettime_ns(time.CLOCK_MONOTONIC) + timeout_ms * 1_000_000 if timeout_ms else 0
        header = struct.pack("<IIQQ64s40x", kind, len(payload), deadline, self.generation, request_id.encode())
        event = header + payload
        for start in range(0, len(event), CHUNK):
            self.socket.send(event[start : start + CHUNK])

    def receive(self):
        message = self.socket.recv(16 << 20)
        if not message:
            raise EOFError(f"the bootstrap ended with {self.process.wait(10)}: {self.logs()}")
        return Reply(message)

    def load(self, handler="app.handler", environment=None, **settings):
        description = {
            "handler": handler,
            "function_name": "example",
            "memory_limit_in_mb": 128,
            "environment": environment or {},
            "task_root": self.folder.name,
            "log_stream_name": "stream-1",
        } | settings
        self.send(LOAD, json.dumps(description).encode(), request_id="")
        return self.receive()

    def invoke(self, event, **header):
        self.send(INVOKE, event if isinstance(event, bytes) else json.dumps(event).encode(), **header)
        return self.receive()

    def logs(self):
        return os.pread(self.log.fileno(), 16 << 20, 0).decode()
