"""Uses up the C stack. Outcome: crashed (SIGSEGV)."""

import sys


class Endless:
    def __repr__(self):
        return repr(self)


def handler(event, context):
    if event.get("behave"):
        return "ok"
    print("going down")
    sys.setrecursionlimit(1 << 30)
    return repr(Endless())
