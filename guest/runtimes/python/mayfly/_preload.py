"""Modules that nearly every function imports, in memory before the function is.

Modules that hold a random generator are *deferred*: loaded, but hidden until somebody imports them.
A function that never does pays nothing for renewing them, and its import costs next to nothing.
"""

import importlib
import importlib.machinery
import sys

MODULES = (
    "__future__ abc ast base64 binascii bisect calendar codecs collections collections.abc concurrent.futures "
    "contextlib contextvars copy copyreg csv dataclasses datetime decimal enum errno fnmatch functools gc glob "
    "gzip hashlib heapq hmac inspect io itertools json linecache locale logging math numbers operator os "
    "pathlib pickle platform queue re reprlib select selectors shutil signal socket stat string struct sys "
    "textwrap threading time traceback types typing unicodedata urllib.parse warnings weakref zlib zoneinfo"
).split()

# None of them may hand out another's generator: then importing one would have to show the other.
DEFERRED = ("random", "secrets", "tempfile", "uuid")

# Called with name and module when a deferred module is imported for the first time.
on_first_use = None

_deferred = None


class _Deferred:
    """Finder and loader of the hidden modules."""

    def __init__(self):
        self._hidden = {}

    def hide(self, name):
        self._hidden[name] = sys.modules.pop(name)

    def peek(self, name):
        return self._hidden[name]

    def find_spec(self, name, path=None, target=None):
        module = self._hidden.get(name)
        return module and importlib.machinery.ModuleSpec(name, self, origin=module.__file__)

    def create_module(self, spec):
        module = self._hidden.pop(spec.name)
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = module.__spec__.loader_state
        on_first_use(module.__name__, module)


def peek(name):
    """A deferred module that nobody has imported yet; it stays hidden."""
    return _deferred.peek(name)


def load_modules():
    global _deferred
    for name in MODULES:
        importlib.import_module(name)
    shown = set(sys.modules)
    for name in DEFERRED:
        importlib.import_module(name)
    _deferred = _Deferred()
    for name in DEFERRED:
        if name in shown:
            raise ImportError(f"a preloaded module imports {name}, so it can't be deferred")
        _deferred.hide(name)
    sys.meta_path.insert(0, _deferred)
