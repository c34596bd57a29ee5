"""Runs comparisons and prints them as tables; `scripts/compare --help` says how."""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

# Each a module here, with a function `compare`. They are loaded when needed: PyTorch alone takes seconds.
COMPARISONS = ["secagg", "noise", "accountant", "dpsgd"]
# No program of ours may take longer.
PATIENCE_S = 1800


class Programs:
    """This project's programs, each of which prints one JSON value."""

    def __init__(self, folder: Path, quick: bool):
        self.folder = folder
        self.quick = quick

    def run(self, name: str, *arguments):
        command = [str(self.folder / name), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
        if done.returncode != 0:
            sys.exit(f"`{' '.join(command)}` failed:\n{done.stderr}")
        return json.loads(done.stdout)


def machine() -> str:
    names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return f"{len(os.sched_getaffinity(0))} cores of {names[0] if names else platform.machine()}"


def table(rows) -> str:
    """Rows of one comparison as Markdown: work, ours, theirs, ratio."""
    lines = ["| work | here | there | ratio |", "|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row['work']} | {row['ours']} | {row['theirs']} ({row['peer']}) | {row['ratio']} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="scripts/compare", epilog="scripts/compare --help says more")
    parser.add_argument("what", nargs="*", choices=[*COMPARISONS, []], help="all of them when not given")
    parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    programs = Programs(options.programs, options.quick)
    found = {"machine": machine(), "quick": options.quick, "comparisons": {}}
    print(f"On {found['machine']}{', a small part of the work' if options.quick else ''}:")
    for name in options.what or COMPARISONS:
        print(f"==> {name}", file=sys.stderr, flush=True)
        rows = importlib.import_module(name).compare(programs)
        found["comparisons"][name] = rows
        print(f"\n{table(rows)}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
