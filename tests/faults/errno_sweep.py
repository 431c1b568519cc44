#!/usr/bin/env python3
"""Lets each system call of the command, its zygote and its microVM processes fail once with each errno it may have, and
its process be killed there, and looks at what comes of it: a documented exit code in time, a sentence if it is no
success, no process, descriptor, file or control group left, and a next command that works.

  errno_sweep.py [--build DIR] [--scenario NAME]... [--only REGEX] [--sample N] [--seed N] [--jobs N] [--keep]

A site is a process's part (command, starting, zygote, microvm), a call, and the place in the program that makes it
(tests/faults/call_site.h). What one scenario has reached is left out in the next. --sample: so many faults only, taken
at random. --only: sites that match. The last line is "N passed, N failed".
"""

import argparse
import collections
import concurrent.futures
import errno
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIMIT = 60  # seconds; the library waits for a process that does not answer for 20, and tries twice
IMAGE = "python3.11"
FUNCTION = ["--runtime", IMAGE, "--code", str(ROOT / "examples/hello"), "--handler", "app.handler"]
EVENT = ["-d", '{"name": "Ada"}']
REPLY = "Hello, Ada!"
DEFECTS = re.compile(r"terminate called|Sanitizer|runtime error|[Aa]ssertion|Aborted|corrupted|the jail is open")
# hostile: G4 G5 G6 G7
SENTENCE = re.compile(r"^(mayfly: .|outcome +.|.* [1-9]\d* (host error|crashed|function error|out of memory|timed out))", re.MULTILINE)
CAUSE = re.compile(r'"cause": ?"[^"]')  # of an outcome, with --json
KILL = "kill"

Fault = collections.namedtuple("Fault", "scenario site what")


class Scenario:
    """A command, and what must hold of its output when it says that it has succeeded."""

    def __init__(self, name, command, has_succeeded=lambda run: True, before=None, after=None):
        self.name, self.command, self.has_succeeded = name, command, has_succeeded
        self.before, self.after = before, after


def remove_new(home):
    home.mayfly("function", "rm", "new", check=False)


def make_new(home):
    home.mayfly("function", "create", "new", *FUNCTION, check=False)


def new_is_whole_or_absent(home, succeeded):
    names = home.mayfly("function", "ls").stdout
    if "new" not in names:
        return "the function is not there" if succeeded else ""
    return "" if REPLY in home.mayfly("invoke", "new", *EVENT, check=False).stdout else "the function is broken"


def new_is_gone_or_whole(home, succeeded):
    if "new" not in home.mayfly("function", "ls").stdout:
        return ""
    if succeeded:
        return "the function is still there"
    return "" if REPLY in home.mayfly("invoke", "new", *EVENT, check=False).stdout else "the function is broken"


SCENARIOS = [
    Scenario("invoke", ["invoke", "sweep", "--repeat", "3", *EVENT], lambda run: run.out.count(REPLY) == 3),
    Scenario("create", ["function", "create", "new", *FUNCTION], before=remove_new, after=new_is_whole_or_absent),
    Scenario("update", ["function", "update", "sweep", "--timeout", "4"]),
    Scenario("exec", ["exec", IMAGE, "--", "/usr/bin/python3", "-S", "-c", "print(6*7)"], lambda run: "42" in run.out),
    Scenario("rm", ["function", "rm", "new"], before=make_new, after=new_is_gone_or_whole),
    Scenario("run", ["run", str(ROOT / "examples/hello"), "--runtime", IMAGE, "--handler", "app.handler", *EVENT, "--json"],
             lambda run: REPLY in run.out),
    Scenario("doctor", ["doctor"]),
    Scenario("ls", ["function", "ls", "--json"], lambda run: "sweep" in run.out or "warning: " in run.err),
    Scenario("inspect", ["image", "inspect", IMAGE], lambda run: IMAGE in run.out),
]


class Home:
    """A state folder of a worker's own, with the image linked from that of the tests, and a function."""

    def __init__(self, build, path):
        self.build, self.path = build, path
        shutil.rmtree(path, ignore_errors=True)
        (path / "images").mkdir(parents=True, mode=0o700)
        source = pathlib.Path(os.environ.get("MAYFLY_HOME", build / "test-home"))
        # A link changes a file, so that it is verified anew, by others too: what says so comes and goes meanwhile.
        shutil.copytree(source / "images" / IMAGE, path / "images" / IMAGE, copy_function=os.link,
                        ignore=shutil.ignore_patterns("*.verified*"))
        self.environment = {"MAYFLY_HOME": str(path), "PATH": os.environ["PATH"]}
        self.mayfly("function", "create", "sweep", *FUNCTION)
        self.mayfly("invoke", "sweep", *EVENT)

    def mayfly(self, *arguments, check=True):
        return subprocess.run([self.build / "mayfly", *arguments], env=self.environment, check=check, timeout=120,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def files(self):
        """What lies there, but for locks and what is in a function or an image, which other tests look at."""
        return sorted(str(entry.relative_to(self.path)) for pattern in ("*", "temporary/*", "functions/*", "images/*")
                      for entry in self.path.glob(pattern))

    def run(self, scenario, fault=()):
        report = self.path.with_suffix(".report")
        command = [self.build / "mayfly-inject", "--report", report, "--seconds", str(LIMIT), *fault, "--",
                   self.build / "mayfly", *scenario.command]
        begin = time.monotonic()
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, check=False)
        lines = [line.split(" ") for line in report.read_text().splitlines()]
        return Run(lines, done.stdout, done.stderr, time.monotonic() - begin)


class Run:
    def __init__(self, lines, out, err, seconds):
        self.out, self.err, self.seconds = out, err, seconds
        self.sites = [line[1] for line in lines if line[0] == "site"]
        self.reached = ["reached"] in lines
        self.left = [line[1] for line in lines if line[0] == "left"]
        self.ending = next(line for line in lines if line[0] in ("exited", "killed", "hung"))
        # Sockets and pipes have numbers of their own.
        self.descriptors = collections.Counter(
            re.sub(r"\[\d+\]|/[^/]*-\d+-\d+.*", "", " ".join(line[1:])) for line in lines if line[0] == "descriptor")

    @property
    def status(self):
        return int(self.ending[1]) if self.ending[0] == "exited" else None


def orphaned_groups():
    """Control groups beside this process's whose owners are gone."""
    own = {line.split(":", 2)[2].lstrip("/") for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines()}
    groups = [path for folder in own for root in (".", "*")
              for path in pathlib.Path("/sys/fs/cgroup").glob(str(pathlib.Path(root, folder, "mayfly-*")))
              if re.fullmatch(r"mayfly-\d+-\d+", path.name)]
    return [str(path) for path in groups if not pathlib.Path("/proc", path.name.split("-")[1]).exists()]


def verdict(home, scenario, fault, run, normal):
    """What is wrong with it: an empty text when nothing is."""
    kills_command = fault.what == KILL and fault.site.startswith("command/")
    if run.ending[0] == "hung":
        return f"it hung: {LIMIT} s"
    if run.ending[0] == "killed" and not kills_command:
        return f"signal {run.ending[1]}"
    if run.left:
        return f"left processes: {', '.join(run.left)}"
    if DEFECTS.search(run.err):
        return "standard error speaks of a defect"
    if not kills_command:
        if run.status not in (0, 1, 2, 3, 4):
            return f"exit code {run.status}"
        says_why = SENTENCE.search(run.err) or CAUSE.search(run.out)
        if run.status != 0 and not says_why and scenario.name != "doctor":
            return f"exit code {run.status} without a sentence"
        if run.status == 0 and not scenario.has_succeeded(run):
            return "it says that it has succeeded, and has not"
        more = run.descriptors - normal.descriptors
        if more:
            return f"descriptors left: {dict(more)}"
    if scenario.after:
        wrong = scenario.after(home, run.status == 0)
        if wrong:
            return wrong
    following = home.mayfly("invoke", "sweep", *EVENT, check=False)
    if REPLY not in following.stdout:
        return f"the next command fails: {following.stderr.strip()}"
    return ""


def option(fault):
    what = ["--kill"] if fault.what == KILL else ["--error", str(getattr(errno, fault.what))]
    return ["--at", fault.site, *what]


def errnos():
    table = {}
    for line in (ROOT / "tests/faults/errnos.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            call, *names = line.split()
            table[call] = [] if names == ["-"] else names
    return table


def errnos_of(site, table):
    """By the call with its request, else by the call."""
    call = site.split("/")[1]
    for name in (call, call.split(":")[0]):
        if name in table:
            return table[name]
    sys.exit(f"errno_sweep: tests/faults/errnos.txt does not name {call}")


def faults_of(scenario, sites, table):
    return [Fault(scenario.name, site, what) for site in sites for what in [*errnos_of(site, table), KILL]]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--scenario", action="append", choices=[scenario.name for scenario in SCENARIOS])
    parser.add_argument("--only", type=re.compile, default=re.compile(""))
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", action="store_true", help="keep the state folders")
    options = parser.parse_args()
    options.build = options.build.resolve()
    return options


class Sweep:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.workers = threading.local()
        self.count = 0
        self.lock = threading.Lock()
        self.normal = {}
        self.files = None

    def home(self):
        if not hasattr(self.workers, "home"):
            with self.lock:
                self.count += 1
                name = f"home-{self.count}"
            self.workers.home = Home(self.options.build, self.directory / name)
        return self.workers.home

    def record(self, scenario):
        """The sites of a run in which nothing fails, but for those before main(): there, no code of ours runs."""
        home = self.home()
        sites = set()
        for _ in range(2):
            if scenario.before:
                scenario.before(home)
            run = home.run(scenario)
            if run.status != 0 and scenario.name != "doctor":
                sys.exit(f"errno_sweep: {scenario.name} fails by itself: {run.err}")
            sites |= {site for site in run.sites if not site.endswith("/")}
        self.normal[scenario.name] = run
        return sites

    def check(self, fault):
        scenario = next(scenario for scenario in SCENARIOS if scenario.name == fault.scenario)
        home = self.home()
        if scenario.before:
            scenario.before(home)
        before = home.files()
        run = home.run(scenario, option(fault))
        wrong = verdict(home, scenario, fault, run, self.normal[scenario.name])
        if scenario.before:
            remove_new(home)
            before = [name for name in before if name != "functions/new"]
        more = set(home.files()) - set(before) - {"names.lock", "locks"}
        if more and not wrong:
            wrong = f"files left: {', '.join(sorted(more))}"
        if wrong:
            wrong += "".join(f"\n    {line}" for line in run.err.strip().splitlines()[:6])
        return run.reached, wrong


def main():
    options = arguments()
    table = errnos()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="errno-sweep-", dir=options.build))
    sweep = Sweep(options, directory)
    faults, known = [], set()
    for scenario in SCENARIOS:
        if options.scenario and scenario.name not in options.scenario:
            continue
        sites = {site for site in sweep.record(scenario) if options.only.search(site)} - known
        known |= sites
        faults += faults_of(scenario, sorted(sites), table)
    if options.sample:
        random.Random(options.seed).shuffle(faults)
        faults = faults[:options.sample]

    parts = collections.Counter(site.split("/")[0] for site in known)
    print(f"{len(known)} sites ({', '.join(f'{count} {part}' for part, count in sorted(parts.items()))}), "
          f"{len(faults)} faults", flush=True)
    missed, failed = 0, 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for fault, (reached, wrong) in zip(faults, pool.map(sweep.check, faults)):
            missed += not reached
            if wrong:
                failed += 1
                print(f"FAILED {fault.scenario}: {fault.site} {fault.what}: {wrong}", flush=True)
    # Whatever opens an engine clears what killed commands left, those of other tests beside this one too.
    sweep.home().mayfly("invoke", "sweep", *EVENT)
    groups = orphaned_groups()
    if groups:
        failed += 1
        print(f"FAILED: control groups left: {' '.join(groups[:5])}")
    if missed:
        print(f"{missed} faults were not reached again: other threads or processors were faster")
    if not options.keep:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{len(faults) - missed - failed} passed, {failed} failed")
    return 1 if failed or len(faults) == missed else 0


sys.exit(main())
