#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the results of all runs and ends with one line "N passed, N failed", and "N skipped" if any.

usage: tests/summary.py RESULT_FILE...

A result file has one JSON object per line: {"name", "result", "stdout", "stderr"}. A program that
tells how many tests it ran (Criterion, unittest) counts as that many. What was skipped is listed; of
Criterion's tests that needs CRITERION_VERBOSITY_LEVEL=1 in the run. Exit 1 when something failed,
when a result file is missing or when nothing passed.
"""

import json
import pathlib
import re
import sys

CRITERION = re.compile(
    r"Synthesis: Tested: (\d+) \| Passing: (\d+) \| Failing: (\d+) \| Crashing: (\d+)"
)
UNITTEST = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
CRITERION_SKIP = re.compile(r"^\[SKIP\] (\S+::.*)$", re.MULTILINE)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
PASSED = {"OK", "EXPECTEDFAIL"}


def text_of(record):
    """What it wrote, line by line."""
    parts = (record.get("stdout") or "", record.get("stderr") or "")
    return COLOURS.sub("", "\n".join(parts))


def skipped(record):
    """What was skipped in it."""
    if record["result"] == "SKIP":
        return [record["name"]]
    return [f"{record['name']}: {words}" for words in CRITERION_SKIP.findall(text_of(record))]


def count(record):
    """(passed, failed) of one record."""
    if record["result"] == "SKIP":
        return 0, 0
    good = record["result"] in PASSED
    text = text_of(record)
    criterion = CRITERION.search(text)
    if criterion:
        passing, bad = int(criterion[2]), int(criterion[3]) + int(criterion[4])
        return passing, (bad if good else max(bad, 1))
    unittest = UNITTEST.search(text)
    if unittest and good:
        return int(unittest[1]), 0
    return (1, 0) if good else (0, 1)


def main(paths):
    if not paths:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    passed = failed = left_out = 0
    for path in map(pathlib.Path, paths):
        if not path.is_file():
            print(f"{path.stem}: did not run")
            failed += 1
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            good, bad = count(record)
            passed += good
            failed += bad
            if bad:
                print(f"failed: {record['name']}")
            for words in skipped(record):
                print(f"skipped: {words}")
                left_out += 1
    if passed == 0 and failed == 0:
        print("no test ran")
    print(f"{passed} passed, {failed} failed" + (f", {left_out} skipped" if left_out else ""))
    return 0 if passed > 0 and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
