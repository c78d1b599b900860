#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs vitrine-conform against a mutant: exactly the tests that the mutant names must fail.

usage: run.py MUTANT PROGRAM UMD HOST DEVICE

With MUTANTS=all in the environment every rule is run, not only those that the mutant chooses.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from mutant import Mutant

SECONDS = 150
FEWEST, FEWEST_CHOSEN = 50, 5  # rules that must have run, of all and of those that a mutant chooses
BROKEN = ("broken", "not followed")  # published rules, and choices of the suite


def broken_tests(program, options):
    """(tests that failed, number of tests that ran)"""
    with tempfile.TemporaryDirectory(prefix="vitrine-mutant-") as folder:
        finished = subprocess.run(
            [program, *options, "--report", folder, "--jobs", "1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS, check=False,
        )
        report = pathlib.Path(folder, "report.json")
        if finished.returncode not in (0, 1) or not report.exists():
            raise ValueError(f"the suite ended with {finished.returncode} and no report")
        rules = json.loads(report.read_text(encoding="utf-8"))["rules"]
    ran = [rule for rule in rules if rule["result"] in ("kept", *BROKEN)]
    names = {f"{r['group']}/{r['test']}" for r in ran if r["result"] in BROKEN}
    return names, len(ran)


def main(arguments):
    path, program, umd, host, device = arguments
    mutant = Mutant(path)
    if os.environ.get("MUTANTS") == "all":
        mutant.only = None
    broken, count = broken_tests(
        program,
        ["--umd", umd, "--host", host, "--device", device, "--link", "embedded:",
         "--custody", mutant.custody, *(["--filter", mutant.only] if mutant.only else [])],
    )
    complaint = mutant.kills(broken)
    print(f"{mutant.name}: {len(broken)} of {count} rules broken")
    if complaint or count < (FEWEST_CHOSEN if mutant.only else FEWEST):
        print(complaint or "too few rules were run")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
