# SPDX-License-Identifier: MIT
"""A mutant: one small change of the product that breaks one rule, in a file NAME.mutant.

    # why this is a rule
    library umd              (or host, or both)
    file umd/session.c
    custody driver           (of the run; or device)
    only channel_*/*         (rules to run: a pattern; MUTANTS=all in the environment runs them all)
    tests group/name ...     (what must fail; may be given several times; group/* is a whole group)
    --- old
    the exact text, which must occur once
    --- new
    what stands there instead
"""

import fnmatch
import pathlib
import re

LIBRARIES = {"umd": ["umd"], "host": ["host"], "both": ["umd", "host"]}


class Mutant:
    def __init__(self, path):
        self.name = pathlib.Path(path).stem
        text = pathlib.Path(path).read_text(encoding="utf-8")
        head, separator, rest = text.partition("--- old\n")
        self.old, second, self.new = rest.partition("--- new\n")
        if not separator or not second or not self.old.strip():
            raise ValueError(f"{path}: has no old and new text")
        self.custody = "driver"
        self.only = None
        self.tests = []
        for line in head.splitlines():
            word, _, value = line.partition(" ")
            if word == "tests":
                self.tests += value.split()
            elif word in ("library", "file", "custody", "only"):
                setattr(self, word, value.strip())
            elif line.strip() and word != "#":
                raise ValueError(f"{path}: {line!r} is not known")
        if self.library not in LIBRARIES or not self.tests or self.old == self.new:
            raise ValueError(f"{path}: library, tests and a difference are needed")

    def apply(self, source):
        """The changed text; it must be clear where the change goes."""
        count = source.count(self.old)
        if count != 1:
            raise ValueError(f"{self.name}: the old text occurs {count} times in {self.file}")
        return source.replace(self.old, self.new)

    def runs(self, test):
        """Is it, or group/*, among the rules that are run? The pattern is one of groups: a/*, or
        @(a|b)/*, either with * in a name."""
        if self.only is None:
            return True
        groups = re.findall(r"[\w*]+", self.only.partition("/")[0])
        return any(fnmatch.fnmatchcase(test.partition("/")[0], group) for group in groups)

    def kills(self, broken):
        """What is wrong with the set of tests that failed, given all that were run; "" when exactly
        the named ones among these did."""
        wanted = set()
        for name in filter(self.runs, self.tests):
            group = name[:-2] if name.endswith("/*") else None
            found = {test for test in broken if group and test.startswith(group + "/")}
            wanted |= found if group else {name}
            if group and not found:
                return f"nothing of {name} failed"
        missing = sorted(wanted - broken)
        more = sorted(broken - wanted)
        parts = []
        if missing:
            parts.append("kept, but must fail: " + " ".join(missing))
        if more:
            parts.append("failed, but are not named: " + " ".join(more))
        return "; ".join(parts)
