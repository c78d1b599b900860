#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rules.md and vitrine-conform agree: every rule has its tests or the reason for none, and every
test is listed at each of its rules.

usage: check_rules.py VITRINE-CONFORM
"""

import json
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else None

FAMILIES = "CP|CB|AC|OP"  # content protection, callbacks, authenticated channel, OPM
ID = re.compile(rf"(?:{FAMILIES})-\d+(?:\.\d+)?-\d{{2,3}}")
TEST = re.compile(r"`([a-z0-9_]+/[a-z0-9_]+)`")
COLUMNS = 4  # id, rule, page, tests or reason


def tables(index):
    """The index and the files of tables that it links, each once."""
    text = index.read_text(encoding="utf-8")
    links = re.findall(r"\]\((rules/[\w-]+\.md)\)", text)
    return [text] + [(index.parent / link).read_text(encoding="utf-8") for link in links]


def listed_rules(texts):
    """(id -> set of tests, complaints)."""
    rules, complaints = {}, []
    for line in "\n".join(texts).splitlines():
        if not re.match(rf"\| *(?:{FAMILIES})-", line):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        rule = cells[0]
        if not ID.fullmatch(rule):
            complaints.append(f"{rule}: not an id")
        if len(cells) != COLUMNS or not all(cells):
            complaints.append(f"{rule}: a row has {COLUMNS} cells with something in each")
            continue
        if rule in rules:
            complaints.append(f"{rule}: listed twice")
        tests = TEST.findall(cells[3])
        if not tests and not cells[3].startswith("none: "):
            complaints.append(f"{rule}: names neither a test nor a reason (none: ...)")
        rules[rule] = set(tests)
    return rules, complaints


def marked_choices(texts):
    """The ids of the rules whose sentence says *choice*."""
    lines = "\n".join(texts).splitlines()
    rows = [line.split("|") for line in lines if re.match(rf"\| *(?:{FAMILIES})-", line)]
    return {row[1].strip() for row in rows if len(row) > 2 and "*choice*" in row[2]}


def wrong_choices(marked, suite):
    """What the suite says of its choices, against the list."""
    found = []
    for entry in suite:
        wanted = [rule for rule in entry["ids"] if rule in marked]
        if entry["choices"] != wanted:
            name = f"{entry['group']}/{entry['test']}"
            found.append(f"{name}: says choices {entry['choices']}, the list {wanted}")
    return found


def tested_rules(suite):
    """(id -> set of tests, complaints), of what vitrine-conform --list --json prints."""
    rules, complaints = {}, []
    for entry in suite:
        name = f"{entry['group']}/{entry['test']}"
        if not entry["ids"]:
            complaints.append(f"{name}: has no rule")
        for part in ("rule", "page"):
            if not entry[part].strip():
                complaints.append(f"{name}: says no {part}")
        if entry["rule"].rstrip().endswith("."):
            complaints.append(f"{name}: its sentence ends with a full stop")
        for rule in entry["ids"]:
            rules.setdefault(rule, set()).add(name)
    return rules, complaints


def differences(listed, tested):
    found = []
    for rule in sorted(listed.keys() | tested.keys()):
        if rule not in listed:
            found.append(f"{rule}: in {sorted(tested[rule])}, but not in the list")
            continue
        for name in sorted(listed[rule] - tested.get(rule, set())):
            found.append(f"{rule}: listed with {name}, which does not say so")
        for name in sorted(tested.get(rule, set()) - listed[rule]):
            found.append(f"{rule}: {name} says so, but is not listed with it")
    return found


class Agreement(unittest.TestCase):
    def test_list_and_suite_agree(self):
        suite = json.loads(
            subprocess.run(
                [PROGRAM, "--list", "--json"], stdout=subprocess.PIPE, check=True, timeout=30
            ).stdout
        )
        texts = tables(HERE / "rules.md")
        listed, complaints = listed_rules(texts)
        complaints += wrong_choices(marked_choices(texts), suite)
        tested, more = tested_rules(suite)
        self.assertGreater(len(suite), 10)
        self.assertEqual(complaints + more + differences(listed, tested), [])


class Checks(unittest.TestCase):
    """The check sees what it must."""

    ROW = "| CP-2.5-01 | a | b | `x/y` |\n"
    SUITE = [{"group": "x", "test": "y", "ids": ["CP-2.5-01"], "choices": [], "rule": "R",
              "page": "P"}]

    def compare(self, text, suite):
        listed, complaints = listed_rules([text])
        tested, more = tested_rules(suite)
        choices = wrong_choices(marked_choices([text]), suite)
        return complaints + choices + more + differences(listed, tested)

    def test_agreement_passes(self):
        chosen = [{**self.SUITE[0], "choices": ["CP-2.5-01"]}]
        self.assertEqual(self.compare(self.ROW.replace("| a ", "| a (*choice*) "), chosen), [])
        self.assertEqual(self.compare(self.ROW, self.SUITE), [])
        none = "| CP-6-01 | a | b | none: the runtime's duty |\n"
        self.assertEqual(self.compare(self.ROW + none, self.SUITE), [])

    def test_differences_are_seen(self):
        for text, suite in (
            ("", self.SUITE),
            (self.ROW, []),
            (self.ROW + self.ROW, self.SUITE),
            (self.ROW.replace("`x/y`", "`x/z`"), self.SUITE),
            (self.ROW.replace("`x/y`", "nothing"), self.SUITE),
            (self.ROW.replace("| b ", ""), self.SUITE),
            (self.ROW.replace("2.5-01", "2.5-1"), self.SUITE),
            (self.ROW.replace("| a ", "| a (*choice*) "), self.SUITE),
            (self.ROW, [{**self.SUITE[0], "choices": ["CP-2.5-01"]}]),
            (self.ROW, [{**self.SUITE[0], "ids": []}]),
            (self.ROW, [{**self.SUITE[0], "page": " "}]),
            (self.ROW, [{**self.SUITE[0], "rule": "R."}]),
        ):
            with self.subTest(text=text, suite=suite):
                self.assertNotEqual(self.compare(text, suite), [])


if __name__ == "__main__":
    unittest.main()
