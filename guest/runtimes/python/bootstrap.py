"""Runs a Python function: waits on the kernel's invoke device, calls the handler, writes the reply.

The image starts this file as its first program. The microVM is snapshotted, reset and resumed inside
the read of serve(), so all that follows a read runs once for every event: keep that path short.

The device (docs/boundary.md): a read waits for the next event and returns a 128-byte header, then its
payload; one writev of an 8-byte header and a payload is the reply, which is sent by the next read.
"""

import errno
import os
import struct
import sys
from json import encoder, decoder

import mayfly
from mayfly import _common_use, _errors, _function, _logs, _preload, _randomness, _warm_up

LOAD = 2
INVOKE = 3
REHEARSE = 4
PRACTISE = 5

# kind, payload length, deadline (CLOCK_MONOTONIC, ns), generation, request id
HEADER = struct.Struct("<IIQQ64s40x")
BUFFER_BYTES = 64 * 1024
REHEARSALS = 200

SUCCESS = struct.pack("<II", 0, 0)
FUNCTION_ERROR = struct.pack("<II", 1, 0)
INIT_ERROR = struct.pack("<II", 2, 0)

_json_decoder = decoder.JSONDecoder()
_scan = _json_decoder.scan_once


def _not_serializable(value):
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


# The encoder behind json.dumps, made once and not for every call. Without markers a circular
# reference ends in RecursionError. NaN is refused: it has no JSON.
_encode = encoder.c_make_encoder(
    None, _not_serializable, encoder.encode_basestring_ascii, None, ": ", ", ", False, False, False
)


def decode_event(text):
    try:
        value, end = _scan(text, 0)
        if end == len(text):
            return value
    except StopIteration:
        pass
    # White space around the value, or an error to explain.
    return _json_decoder.decode(text) if text else {}


def read_rest(fd, first, length):
    """The payload of an event that did not fit into the buffer."""
    payload = bytearray(first)
    while len(payload) < length:
        part = os.read(fd, min(length - len(payload), 1 << 20))
        if not part:
            raise EOFError("the invoke device ended in the middle of an event")
        payload += part
    return payload


def reply(fd, status, payload):
    try:
        os.writev(fd, (status, payload))
    except OSError as error:
        if error.errno != errno.EMSGSIZE:
            raise
        os.writev(fd, (FUNCTION_ERROR, _errors.response_too_large(len(payload))))


def load(fd, text):
    """Imports the function; returns its handler and the class of its contexts, or None."""
    try:
        handler, context_class = _function.load(decode_event(text))
        mayfly._run_before_snapshot()
    except BaseException as error:  # whatever the module raised is the answer
        reply(fd, INIT_ERROR, _errors.of_load(error))
        return None
    # Once before the snapshot, so that what the first time costs is not paid after every resume.
    _randomness.renew(sys.modules)
    _warm_up.settle_function()
    reply(fd, SUCCESS, b"null")
    return handler, context_class


def invoke(handler, context, text):
    """Status and payload of the reply. Everything is caught: the loop outlives the function."""
    try:
        event = decode_event(text)
    except (ValueError, RecursionError) as error:
        return FUNCTION_ERROR, _errors.plain("Runtime.UnmarshalError", f"The event is not JSON: {error}")
    try:
        for hook in mayfly._after_restore:
            hook()
        result = handler(event, context)
    except BaseException as error:
        return FUNCTION_ERROR, _errors.of_call(error)
    try:
        return SUCCESS, "".join(_encode(result, 0)).encode()
    except BaseException as error:  # default() methods and str subclasses are the function's code too
        return FUNCTION_ERROR, _errors.plain("Runtime.MarshalError", f"Unable to marshal response: {error}")


def _echo(event, context):
    return event


def serve(fd, loaded=None, readv=os.readv):
    # The buffer stays where it is, so that an event touches memory that is there already.
    buffer = bytearray(BUFFER_BYTES)
    view, buffers = memoryview(buffer), [buffer]
    unpack, header_bytes, modules = HEADER.unpack_from, HEADER.size, sys.modules
    seen_generation = None
    while True:
        count = readv(fd, buffers)
        if not count:
            return
        kind, length, deadline_ns, generation, request = unpack(buffer)
        payload = view[header_bytes : min(count, header_bytes + length)]
        if len(payload) < length:
            payload = read_rest(fd, payload, length)
        if generation != seen_generation:
            seen_generation = generation
            _randomness.renew(modules)
        try:
            text = str(payload, "utf-8")
        except UnicodeDecodeError:
            text = "\0"  # refused as JSON by whoever decodes it
        _logs.request = request
        if kind == INVOKE and loaded is not None:
            handler, context_class = loaded
            status, payload = invoke(handler, context_class(request, deadline_ns), text)
            reply(fd, status, payload)
        elif kind == LOAD:
            loaded = load(fd, text)
        elif kind == REHEARSE:
            context_class = loaded[1] if loaded else _function.Context
            status, payload = invoke(_echo, context_class(request, deadline_ns), text)
            reply(fd, status, payload)
        elif kind == PRACTISE:
            status, payload = invoke(_common_use.practise, _function.Context(request, deadline_ns), text)
            reply(fd, status, payload)
            _warm_up.settle_memory()
        else:
            reply(fd, FUNCTION_ERROR, _errors.plain("Runtime.NotLoaded", "No function is loaded."))


def rehearse():
    """Answers a few made-up events, so that the interpreter has specialised this file's byte code."""
    remaining = REHEARSALS
    event = b'{"text": "\xc3\xa9", "list": [1, 2.5, null, true], "object": {}}'

    def readv(_, buffers):
        nonlocal remaining
        remaining -= 1
        if remaining < 0:
            return 0
        message = HEADER.pack(INVOKE, len(event), 0, remaining, b"rehearsal") + event
        buffers[0][: len(message)] = message
        return len(message)

    nowhere = os.open("/dev/null", os.O_WRONLY)
    serve(nowhere, (_echo, _function.Context), readv)
    os.close(nowhere)


def main():
    # Tests give a descriptor that behaves as the device does.
    inherited = os.environ.pop("MAYFLY_INVOKE_FD", None)
    fd = int(inherited) if inherited else os.open("/dev/invoke", os.O_RDWR | os.O_CLOEXEC)
    _logs.configure()
    _preload.load_modules()
    rehearse()
    _warm_up.rehearse_errors()
    _warm_up.rehearse_load()
    _common_use.handler({}, _function.Context(b"rehearsal", 0))
    _warm_up.settle_memory()
    serve(fd)


if __name__ == "__main__":
    main()
