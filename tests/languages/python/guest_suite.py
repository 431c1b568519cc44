"""Runs CPython's test modules, or programs, inside a guest, and judges them by the reference.

    guest_suite.py --mayfly build/mayfly --image NAME [--list A] [--quick] [--keep-going] MODULE...

A module is green when no test fails, as many ran as in reference.tsv (the same runner on the host's
Linux with fork forbidden), and none was skipped that is not skipped there, except as the reference says. known_failures.txt names what a guest has not got.
"""

import argparse
import fnmatch
import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3.11"


def modules():
    """Name -> (list, quick) of modules.txt."""
    known = {}
    for line in (HERE / "modules.txt").read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            known[words[0]] = (words[1], "quick" in words)
    return known


def reference():
    """Name -> (tests run, skipped, skipped more in a guest)."""
    known = {}
    for line in (HERE / "reference.tsv").read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            known[words[0]] = tuple(int(word) for word in words[1:4])
    return known


def known_failures():
    """Patterns of tests that fail in a guest, for what it has not got."""
    lines = (HERE / "known_failures.txt").read_text().splitlines()
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


def in_guest(arguments, command, timeout):
    """Exit status and output of a program of this folder."""
    line = [arguments.mayfly, "exec", arguments.image, "--memory", str(arguments.memory), "--timeout", str(timeout)]
    line += ["--env", "LANG=C.UTF-8", "--env", "HOME=/tmp", "--mount", f"{HERE}:/suite", "--", PYTHON, "-B", *command]
    try:
        done = subprocess.run(
            line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout + 60
        )
    except subprocess.TimeoutExpired as error:
        return None, (error.stdout or b"").decode(errors="replace")
    return done.returncode, done.stdout.decode(errors="replace")


def parse(output):
    for line in reversed(output.splitlines()):
        if line.startswith("RESULT "):
            return json.loads(line.removeprefix("RESULT "))
    return None


def judge(name, status, output, expected):
    """The result, what is wrong with it, and which of its failures are known. Green: neither."""
    result = parse(output)
    if result is None:
        return None, [f"no result: exit status {status}"], []
    known = [test for test in result["failed"] if any(fnmatch.fnmatchcase(test, one) for one in known_failures())]
    faults = [f"failed: {test}" for test in result["failed"] if test not in known]
    if name not in expected:
        return result, faults + ["not in reference.tsv"], known
    run, skipped, more = expected[name]
    if result["run"] < run:
        faults.append(f"{result['run']} tests ran, {run} on the host")
    if result["skipped"] > skipped + more:
        faults.append(f"{result['skipped']} skipped, {skipped} on the host and {more} known in a guest")
    return result, faults, known


def run_module(arguments, name, expected):
    """"green", "known" (only known failures) or "red"."""
    started = time.monotonic()
    options = ["--verbose"] if arguments.verbose else []
    status, output = in_guest(arguments, ["/suite/run_module.py", f"test.{name}", *options], arguments.timeout)
    result, faults, known = judge(name, status, output, expected)
    seconds = time.monotonic() - started
    verdict = "red" if faults else "known" if known else "green"
    words = {"red": "NOT GREEN", "known": f"green but for {len(known)} known failures", "green": "green"}
    counts = f"{result['run']} run, {result['skipped']} skipped, {result['deselected']} left out" if result else ""
    print(f"{name}: {words[verdict]}: {counts} ({seconds:.0f} s)", flush=True)
    if faults or arguments.verbose:
        print(output[-20_000:])
        print("\n".join(f"  {fault}" for fault in faults), flush=True)
    return verdict


def run_program(arguments, name):
    status, output = in_guest(arguments, [f"/suite/programs/{name}.py"], arguments.timeout)
    print(output[-20_000:], f"{name}: exit status {status}", sep="\n")
    return status == 0 and " 0 failed" in output


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--timeout", type=int, default=600)
    parser.add_argument("--memory", type=int, default=1024, help="of the guest, in MB")
    parser.add_argument("--list", help="all modules of this list")
    parser.add_argument("--program", action="store_true", help="the names are of programs/")
    parser.add_argument("--verbose", action="store_true", help="name each test as it starts")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if arguments.program:
        return 0 if all([run_program(arguments, name) for name in arguments.names]) else 1

    names = arguments.names or [name for name, (letter, _) in modules().items() if letter == arguments.list]
    expected = reference()
    verdicts = [run_module(arguments, name, expected) for name in names]
    print(f"{verdicts.count('green')} of {len(names)} modules are green, {verdicts.count('known')} but for known failures")
    return 0 if names and "red" not in verdicts else 1


if __name__ == "__main__":
    sys.exit(main())
