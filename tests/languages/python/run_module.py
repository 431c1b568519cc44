"""Runs one of CPython's own test modules, in a guest or on the host, without fork.

    run_module.py MODULE [--forbid-fork] [--verbose] [--match PATTERN]

The tests named in deselected.txt are left out. Failures are printed as unittest does; the last line is
RESULT and a JSON object with the counts. Exit status 0: all that ran passed.
"""

import argparse
import collections
import ctypes
import errno
import fnmatch
import importlib
import json
import os
import struct
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent


def forbid_fork():
    """Makes fork, vfork and clone without CLONE_THREAD fail with ENOSYS, as in the guest (seccomp(2))."""
    load, jump_equal, jump_any_bit, give = 0x20, 0x15, 0x45, 0x06
    allow, enosys = 0x7FFF0000, 0x00050000 | 38
    number, first_argument = 0, 16
    clone, fork, vfork, clone3, clone_thread = 56, 57, 58, 435, 0x10000
    program = [
        (load, 0, 0, number),
        (jump_equal, 5, 0, fork),
        (jump_equal, 4, 0, vfork),
        (jump_equal, 3, 0, clone3),  # its flags lie in memory; glibc falls back to clone
        (jump_equal, 0, 3, clone),
        (load, 0, 0, first_argument),
        (jump_any_bit, 1, 0, clone_thread),
        (give, 0, 0, enosys),
        (give, 0, 0, allow),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *one) for one in program))
    header = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_seccomp, filter_mode, header, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def deselected_patterns():
    lines = (HERE / "deselected.txt").read_text().splitlines()
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


def all_tests(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from all_tests(test)
        else:
            yield test


class Selection:
    """What of a module's tests is to run."""

    def __init__(self, wanted):
        self.wanted = wanted
        self.patterns = deselected_patterns()
        self.deselected = []

    def keeps(self, test):
        name = test.id()
        if self.wanted and not fnmatch.fnmatch(name, self.wanted):
            return False
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in self.patterns):
            self.deselected.append(name)
            return False
        return True

    def filter(self, suite):
        """The same tree: fixtures of classes and modules go with the order of the tests."""
        kept = unittest.TestSuite()
        for test in suite:
            if isinstance(test, unittest.TestSuite):
                kept.addTest(self.filter(test))
            elif self.keeps(test):
                kept.addTest(test)
        return kept


class Result(unittest.TextTestResult):
    """Names the test that runs, for the log of one that never ends."""

    def startTest(self, test):
        if self.showAll:
            print(f"RUN {test.id()}", flush=True)
        super().startTest(test)


def unlink(path, **options):
    """As Linux does on a writable file system: a missing file is missing, also where the root is read-only."""
    try:
        os.unlink(path, **options)
    except OSError as error:
        if error.errno == errno.EROFS and not os.path.lexists(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from None
        raise


def prepare_support():
    from test import support
    from test.support import os_helper

    support.has_fork_support = False
    support.has_subprocess_support = False
    support.use_resources = []  # as the stock runner without -u: no network, no audio, no very large files
    support.verbose = 0
    os_helper._unlink = unlink
    return support


def run(module_name, selection, verbose):
    """Counts of all suites that the module runs."""
    support = prepare_support()
    totals = collections.Counter()
    skips = collections.Counter()
    failed = []

    def run_suite(suite):
        runner = unittest.TextTestRunner(sys.stdout, verbosity=2 if verbose else 0, resultclass=Result)
        result = runner.run(selection.filter(suite))
        totals.update(
            run=result.testsRun,
            skipped=len(result.skipped),
            expected_failures=len(result.expectedFailures),
        )
        skips.update(reason for _, reason in result.skipped)
        for test, _ in result.failures + result.errors:
            failed.append(test.id())
        failed.extend(test.id() for test in result.unexpectedSuccesses)

    support._run_suite = run_suite  # what a module's test_main ends in
    try:
        module = importlib.import_module(module_name)
        if hasattr(module, "test_main"):
            module.test_main()
        else:
            run_suite(unittest.TestLoader().loadTestsFromModule(module))
    except unittest.SkipTest as reason:
        totals["skipped"] += 1
        skips[f"whole module: {reason}"] += 1
    support.reap_children()
    return totals, skips, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    parser.add_argument("--forbid-fork", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--match", help="only tests whose id matches")
    arguments = parser.parse_args()
    if arguments.forbid_fork:
        forbid_fork()

    selection = Selection(arguments.match)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="suite-", ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        totals, skips, failed = run(arguments.module, selection, arguments.verbose)
        os.chdir("/")
    for reason, count in skips.most_common():
        print(f"SKIPPED {count}: {reason}")
    result = {
        "module": arguments.module,
        "run": totals["run"],
        "skipped": totals["skipped"],
        "deselected": len(selection.deselected),
        "failed": failed,
        "seconds": round(time.monotonic() - started, 1),
    }
    print("RESULT", json.dumps(result), flush=True)
    # Not sys.exit: a module may leave threads behind that never end.
    sys.stdout.flush()
    os._exit(1 if failed or not totals["run"] else 0)


if __name__ == "__main__":
    main()
