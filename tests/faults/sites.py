#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a program in which calls fail in turn, then tells which of its call sites never did.

usage: tests/faults/sites.py PROGRAM [FUNCTION...]

A site is a call of a function that tests/faults/wraps.txt names, in our own code. The sites are read
from the program's text, those that failed are told by the program. Exit 1 when the program fails, or
when no site of one of the named functions failed although it has some.
"""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FUNCTION = re.compile(r"^[0-9a-f]+ <(\S+)>:$")
STEP = re.compile(r"^ *([0-9a-f]+):\t(\S+)(?: +(.*))?$")
TARGET = re.compile(r"^[0-9a-f]+ <(?:__wrap_)?([^+>]+)>")
CALLS = {"call", "callq", "bl"}
JUMPS = {"jmp", "jmpq", "b"}


def wrapped_names():
    path = pathlib.Path(__file__).with_name("wraps.txt")
    return set(path.read_text(encoding="utf-8").split())


def read_text(program, wrapped):
    """Sites as (function, called) by the place they return to; and what any call there calls.

    A call at the end of a function may be a jump, which returns to where the function was called:
    such sites have no place, and are listed apart.
    """
    sites, ends, called_before = {}, set(), {}
    function = pending = None
    text = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", program],
        stdout=subprocess.PIPE, text=True, check=True,
    ).stdout
    for line in text.splitlines():
        head = FUNCTION.match(line)
        if head:
            function = head[1]
            continue
        step = STEP.match(line)
        if not step:
            continue
        place = int(step[1], 16)
        if pending:
            caller, called = pending
            called_before[place] = called
            if called in wrapped and not caller.startswith(("__wrap_", "fault_")):
                sites[place] = (caller, called)
            pending = None
        target = TARGET.match(step[3] or "")
        if not target:
            continue
        if step[2] in CALLS:
            pending = (function, target[1])
        elif step[2] in JUMPS and target[1] in wrapped and "<__wrap_" in step[3]:
            ends.add((function, target[1]))
    return sites, ends, called_before


def plain(function):
    """Without what compilers append to parts and copies of a function."""
    return re.sub(r"\.(part|cold|constprop|isra)\b.*", "", function)


def main(program, wanted):
    with tempfile.TemporaryDirectory() as folder:
        told = pathlib.Path(folder, "sites")
        result = subprocess.run([program], env={**os.environ, "FAULT_SITES": str(told)}, check=False)
        if result.returncode != 0:
            return 1
        lines = told.read_text(encoding="utf-8").split("\n")[:-1]
    sites, ends, called_before = read_text(program, wrapped_names())
    failed, failed_ends = set(), set()
    for place, name in (line.split() for line in lines):
        at = int(place, 16)
        if at in sites:
            failed.add(at)
        else:
            failed_ends.add((called_before.get(at), name))
    good = collections.Counter(plain(sites[at][0]) for at in failed)
    good.update(plain(function) for function, _ in failed_ends & ends)
    left = collections.defaultdict(list)
    for at in sorted(set(sites) - failed):
        left[plain(sites[at][0])].append(sites[at][1])
    for function, called in sorted(ends - failed_ends):
        left[plain(function)].append(called)
    count = len(sites) + len(ends)
    missed = sum(map(len, left.values()))
    print(f"{count - missed} of {count} call sites failed in turn; never failed:")
    for function in sorted(left):
        print(f"  {function}: {', '.join(left[function])}")
    broken = [name for name in wanted if name in left and good[name] == 0]
    for name in broken:
        print(f"no call of {name} was made to fail")
    return 1 if broken else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
