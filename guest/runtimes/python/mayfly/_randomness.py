"""New random numbers after every resume, so that no two clones of a snapshot share one.

The kernel's pool (os.urandom, secrets, getrandom) is reseeded before any user code runs. Here follow
the generators that live in the process. What is loaded only after a resume seeds itself from that
pool. Python's hash seed stays as it is in the snapshot: dictionaries depend on it.
"""

import ctypes
import functools
import os

import _random

from mayfly import _preload


def _renew_random(module):
    # The C method: Random.seed would hash the number first. Three times faster than seed(None), which
    # reads 2.5 kB from the kernel; 256 bits are as unique.
    module._inst.gauss_next = None
    _random.Random.seed(module._inst, int.from_bytes(os.urandom(32), "little"))


def _renew_tempfile(module):
    module._name_sequence = None


def _renew_uuid(module):
    # uuid1 of libuuid keeps its node and clock in the C library; the Python one can be renewed.
    module._generate_time_safe = None
    module._last_timestamp = None
    # A random node has the multicast bit set (RFC 4122, 4.5).
    module._node = int.from_bytes(os.urandom(6), "little") | (1 << 40)


def _renew_ssl(module):
    # Reseeds OpenSSL's primary generator, also from the kernel; the others notice and follow.
    module.RAND_add(os.urandom(32), 32.0)


def _renew_numpy(module):
    module.seed(module.mtrand.np.frombuffer(os.urandom(32), "uint32"))


def _renew_sqlite(_):
    _sqlite_randomness()(0, None)


@functools.cache
def _sqlite_randomness():
    """sqlite3_randomness; called with 0 bytes it forgets its seed."""
    function = ctypes.CDLL("libsqlite3.so.0").sqlite3_randomness
    function.argtypes = (ctypes.c_int, ctypes.c_void_p)
    function.restype = None
    return function


_RENEWERS = {
    "random": _renew_random,
    "tempfile": _renew_tempfile,
    "uuid": _renew_uuid,
    "_ssl": _renew_ssl,
    "numpy.random": _renew_numpy,
    "_sqlite3": _renew_sqlite,
}

_active = ()
_module_count = 0


def renew(modules):
    """Renews the generators of all modules that are loaded."""
    global _active, _module_count
    if len(modules) != _module_count:
        _active = [(_RENEWERS[name], modules[name]) for name in _RENEWERS if name in modules]
        _module_count = len(modules)
    for function, module in _active:
        function(module)


# Modules that were imported before the snapshot and first asked for after it.
def _renew_one(name, module):
    if name in _RENEWERS:
        _RENEWERS[name](module)


_preload.on_first_use = _renew_one
