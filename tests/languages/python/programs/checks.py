"""What the programs check with: counts, and ends with a line and a status that tell."""

import sys

_passed = 0
_failed = 0


def check(condition, what):
    global _passed, _failed
    if condition:
        _passed += 1
    else:
        _failed += 1
        print(f"failed: {what}", flush=True)


def finish():
    print(f"{_passed} checks passed, {_failed} failed")
    sys.exit(1 if _failed or not _passed else 0)
