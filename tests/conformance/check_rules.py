#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rules.md and the tests agree: every rule has its tests or the reason for none, and every test is
listed at each of its rules. Rules of drivers are tested by vitrine-conform, those of CNG by programs
in tests/cng, which know nothing of ids: there a test has to be listed at one rule at least.

usage: check_rules.py VITRINE-CONFORM
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "style"))
from test_threats import REFERENCE, missing_tests  # noqa: E402

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else None

FAMILIES = "CP|CB|AC|OP"  # content protection, callbacks, authenticated channel, OPM
CNG_FAMILIES = "BC|NC"  # primitives, key storage
ID = re.compile(rf"(?:{FAMILIES}|{CNG_FAMILIES})-\d+(?:\.\d+)?-\d{{2,3}}")
TEST = re.compile(r"`([a-z0-9_]+/[a-z0-9_]+)`")
BELOW = {  # tests of what lies below the published interface or above it, which are of no rule
    f"cng/test_{name}" for name in (
        "device_key", "ncrypt_prompt", "ncrypt_terminal", "store", "store_files", "store_locked",
        "store_memory", "store_record", "stored_key", "token", "token_module", "utf8")
}
COLUMNS = 4  # id, rule, page, tests or reason


def tables(index):
    """The index and the files of tables that it links, each once."""
    text = index.read_text(encoding="utf-8")
    links = re.findall(r"\]\((rules/[\w-]+\.md)\)", text)
    return [text] + [(index.parent / link).read_text(encoding="utf-8") for link in links]


def listed_rules(texts, families=FAMILIES, test=TEST):
    """(id -> set of tests, complaints)."""
    rules, complaints = {}, []
    for line in "\n".join(texts).splitlines():
        if not re.match(rf"\| *(?:{families})-", line):
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
        tests = test.findall(cells[3])
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


def named_tests(rules):
    """`file: test`, of what names a rule's tests."""
    return {f"{file}: {name}" for tests in rules.values() for file, name in tests}


def tests_in(root, folder):
    """The same, of all programs of a folder."""
    found = set()
    for path in sorted((root / "tests" / folder).glob("test_*.[cp]*")):
        pattern = r"^Test\(\w+,\s+(\w+)[,)]" if path.suffix == ".c" else r"^ +def test_(\w+)\("
        for name in re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE):
            found.add(f"{folder}/{path.stem}: {name}")
    return found


def unlisted_tests(root, folder, named):
    """Tests of the interface that no rule has."""
    return sorted(test for test in tests_in(root, folder) - named if test.split(":")[0] not in BELOW)


def exported_functions(root):
    """Of both libraries of CNG, by their version scripts."""
    text = "".join(path.read_text(encoding="utf-8") for path in root.glob("cng/*crypt/*.syms"))
    return set(re.findall(r"^ +([BN]Crypt\w+);", text, re.MULTILINE))


def functions_with_a_state(page):
    """Names in the first cells of tables."""
    cells = re.findall(r"^\|([^|]*)\|[^|]*\|", page, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"[BN]Crypt\w+", cell)}


class Agreement(unittest.TestCase):
    def test_every_function_of_cng_has_a_state(self):
        functions = exported_functions(ROOT)
        self.assertGreater(len(functions), 50)
        page = (ROOT / "docs" / "cng.md").read_text(encoding="utf-8")
        self.assertEqual(functions - functions_with_a_state(page), set())

    def test_lists_and_tests_of_cng_agree(self):
        texts = tables(HERE / "rules.md")
        rules, complaints = listed_rules(texts, CNG_FAMILIES, REFERENCE)
        self.assertGreater(len(rules), 100)
        self.assertEqual(complaints, [])
        rows = [line for line in "\n".join(texts).splitlines() if re.match(rf"\| *(?:{CNG_FAMILIES})-", line)]
        self.assertEqual(missing_tests(ROOT, "\n".join(rows)), [])
        self.assertEqual(unlisted_tests(ROOT, "cng", named_tests(rules)), [])

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

    def test_rows_of_cng_are_read(self):
        row = "| BC-7-01 | a | b | `cng/test_x: y`, `cng/test_x: z` |\n"
        rules, complaints = listed_rules([row], CNG_FAMILIES, REFERENCE)
        self.assertEqual((named_tests(rules), complaints), ({"cng/test_x: y", "cng/test_x: z"}, []))
        self.assertEqual(self.compare(self.ROW + row, self.SUITE), [])
        for bad in (row.replace("7-01", "7-1"), row + row, row.replace("| b ", ""),
                    row.replace("`", ""), row.replace("`cng/test_x: y`, `cng/test_x: z`", "x")):
            with self.subTest(row=bad):
                self.assertNotEqual(listed_rules([bad], CNG_FAMILIES, REFERENCE)[1], [])

    def test_states_are_read(self):
        page = "| BCryptOne, BCryptTwo | works |\n| x | NCryptThree |\nNCryptFour\n"
        self.assertEqual(functions_with_a_state(page), {"BCryptOne", "BCryptTwo"})

    def test_tests_that_no_rule_has_are_seen(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            (root / "tests" / "cng").mkdir(parents=True)
            (root / "tests" / "cng" / "test_x.c").write_text(
                "Test(s, y)\n  Test(s, no)\nTest(s,\n    z, .init = a)\n", encoding="utf-8")
            (root / "tests" / "cng" / "test_w.py").write_text(
                "class A:\n    def test_v(self):\n", encoding="utf-8")
            (root / "tests" / "cng" / "test_store.c").write_text("Test(s, u)\n", encoding="utf-8")
            found = {"cng/test_x: y", "cng/test_x: z", "cng/test_w: v"}
            self.assertEqual(tests_in(root, "cng"), found | {"cng/test_store: u"})
            self.assertEqual(unlisted_tests(root, "cng", found), [])
            for test in found:
                self.assertEqual(unlisted_tests(root, "cng", found - {test}), [test])


if __name__ == "__main__":
    unittest.main()
