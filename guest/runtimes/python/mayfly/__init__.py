"""Hooks around the snapshot a function starts from.

    import mayfly

    @mayfly.before_snapshot
    def close_what_must_not_be_shared(): ...

    @mayfly.after_restore
    def reconnect(): ...

before_snapshot functions run once, after the module was imported, the last registered first;
after_restore functions run after every resume, before the handler, in the order of registration.
`random`, `uuid`, `secrets`, `os.urandom`, `ssl`, sqlite3 and the global generator of `numpy.random`
are renewed before them; a generator object of your own is for a hook to renew.
"""

__all__ = ["after_restore", "before_snapshot"]

_before_snapshot = []
_after_restore = []


def before_snapshot(function):
    """Registers `function` (called without arguments) and returns it."""
    _before_snapshot.append(function)
    return function


def after_restore(function):
    """Registers `function` (called without arguments) and returns it."""
    _after_restore.append(function)
    return function


def _run_before_snapshot():
    for function in reversed(_before_snapshot):
        function()
