"""No two clones of a function share a random number, numpy's included.

    clones_test.py --mayfly build/mayfly --image NAME [--clones 300]
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

CODE = Path(__file__).resolve().parents[2] / "runtime" / "functions" / "randomness"


def drawn(arguments, name, options):
    """What each clone drew: a dictionary of source and number."""
    line = [arguments.mayfly, "invoke", name, "--log", "none", *options]
    out = subprocess.run(line, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return [json.loads(reply) for reply in out.splitlines()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--clones", type=int, default=300)
    arguments = parser.parse_args()

    name = f"clones-{os.getpid()}"
    create = [arguments.mayfly, "function", "create", name, "--runtime", arguments.image, "--code", str(CODE)]
    subprocess.run([*create, "--handler", "app.handler", "--memory", "512", "--timeout", "60"], check=True)
    try:
        clones = drawn(arguments, name, ["--repeat", str(arguments.clones)])
        clones += drawn(arguments, name, ["--repeat", "20", "--fresh"])
        clones += drawn(arguments, name, ["--repeat", "1"])  # the first call of another process
    finally:
        subprocess.run([arguments.mayfly, "function", "rm", name], check=True)

    sources = set(clones[0])
    if "numpy" not in sources:
        sys.exit("the image has no numpy")
    for source in sorted(sources):
        values = {str(clone[source]) for clone in clones}
        if len(values) != len(clones):
            sys.exit(f"{source}: {len(values)} different values in {len(clones)} clones")
    print(f"{len(clones)} clones, {len(sources)} sources, no value twice")


if __name__ == "__main__":
    main()
