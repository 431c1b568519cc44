"""Forty modules imported in the handler, all of them anew each time."""

import importlib
import sys

NAMES = (
    "argparse bdb cmd code codeop colorsys configparser cProfile dbm dis filecmp fileinput fractions ftplib "
    "getopt getpass graphlib html.parser imaplib ipaddress mimetypes modulefinder netrc nntplib optparse pdb "
    "plistlib poplib pprint profile pstats sched shelve shlex smtplib statistics tarfile timeit wave zipfile"
).split()


def make_event(seed):
    return {"names": NAMES if seed % 2 else NAMES[::-1]}


def handler(event, context):
    before = set(sys.modules)
    names = [importlib.import_module(name).__name__ for name in event["names"]]
    # What was there before stays, so that the next event of a warm process finds the same work.
    for name in set(sys.modules) - before:
        del sys.modules[name]
    # Nothing of their contents: Debian's updates change them, and the image's may be newer than the host's.
    return {"modules": len(names), "names": names}
