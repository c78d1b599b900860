#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/THREATS.md names a test for whatever it says holds, and every test that it names exists."""

import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "THREATS.md"

REFERENCE = re.compile(r"`([\w-]+/test_\w+): (\w+)`")
PATH = re.compile(r"`([\w-]+(?:/[\w-]+)+\.[ch])`")

LINKS = ("embedded", "vhost", "drm")
CUSTODIES = ("driver", "device")
ATTACKERS = ("program B", "kernel", "author", "replayer")


def missing_tests(root, text):
    """References to tests that are not in the tree."""
    missing = []
    for file, name in REFERENCE.findall(text):
        pattern = rf"^Test\(\w+,\s+{name}[,)]|^ +def test_{name}\("
        paths = [root / "tests" / f"{file}{suffix}" for suffix in (".c", ".py")]
        source = "".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())
        if re.search(pattern, source, re.MULTILINE) is None:
            missing.append(f"{file}: {name}")
    return missing


def missing_files(root, text):
    return [name for name in PATH.findall(text) if not (root / name).is_file()]


def rows(text, title):
    """The cells of each row of the table under a title."""
    part = re.search(rf"^## {re.escape(title)}$(.*?)(?:^## |\Z)", text, re.MULTILINE | re.DOTALL)
    lines = [line for line in (part.group(1) if part else "").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def is_proved(cell, above):
    """By tests of its own, or by those of a row above it for the same attacker."""
    return REFERENCE.search(cell) is not None or (cell.startswith("as above") and above)


def unproved(table):
    """Rows that say that something holds, and by which test does not follow."""
    proved = set()
    found = []
    for link, custody, attacker, verdict, why in table:
        if not verdict.startswith("holds"):
            continue
        if is_proved(why, attacker in proved):
            proved.add(attacker)
        else:
            found.append(f"{link} {custody} {attacker}")
    return found


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = PAGE.read_text(encoding="utf-8")

    def test_every_named_test_exists(self):
        self.assertGreater(len(REFERENCE.findall(self.text)), 50)
        self.assertEqual(missing_tests(ROOT, self.text), [])

    def test_every_named_file_exists(self):
        self.assertEqual(missing_files(ROOT, self.text), [])

    def test_each_combination_has_a_verdict(self):
        table = rows(self.text, "Who is kept from what")
        wanted = [(a, b, c) for a in LINKS for b in CUSTODIES for c in ATTACKERS]
        self.assertEqual([tuple(row[:3]) for row in table], wanted)
        for row in table:
            self.assertIn(row[3], ("holds", "holds until shown", "does not hold"))

    def test_whatever_holds_has_a_test(self):
        self.assertEqual(unproved(rows(self.text, "Who is kept from what")), [])

    def test_each_attack_has_a_check_and_a_test(self):
        table = rows(self.text, "Each attack, its check, its test")
        self.assertGreater(len(table), 6)
        for attack, check, test in table:
            with self.subTest(attack=attack):
                self.assertRegex(check, PATH)
                self.assertRegex(test, REFERENCE)

    def test_each_class_has_a_test_or_is_said_to_come(self):
        table = rows(self.text, "Thirteen classes of attack")
        self.assertEqual([row[0] for row in table], [str(i) for i in range(1, 14)])
        for number, _, answer in table:
            with self.subTest(number=number):
                self.assertTrue(REFERENCE.search(answer) or answer.startswith("next: "))


class Readers(unittest.TestCase):
    """The functions above see what they must."""

    def test_tests_are_looked_up(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            (root / "tests" / "a-b").mkdir(parents=True)
            source = "Test(x, is_there)\n\nTest(x,\n    has_more, .init = y)\n  Test(x, inside)\n"
            (root / "tests" / "a-b" / "test_x.c").write_text(source, encoding="utf-8")
            good = "`a-b/test_x: is_there` and `a-b/test_x: has_more`"
            bad = "`a-b/test_x: is`, `a-b/test_x: inside`, `a-b/test_y: is_there`"
            self.assertEqual(missing_tests(root, good), [])
            self.assertEqual(
                missing_tests(root, bad),
                ["a-b/test_x: is", "a-b/test_x: inside", "a-b/test_y: is_there"],
            )

    def test_files_are_looked_up(self):
        self.assertEqual(missing_files(ROOT, "`base/ids.c` `base/none.c` `x.c`"), ["base/none.c"])

    def test_tables_are_read(self):
        text = "## A\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## B\n| c |\n|---|\n| 3 |\n"
        self.assertEqual(rows(text, "A"), [["1", "2"]])
        self.assertEqual(rows(text, "B"), [["3"]])
        self.assertEqual(rows(text, "C"), [])

    def test_a_claim_without_a_test_is_seen(self):
        test = "`a/test_b: c`"
        table = [
            ["l", "c", "x", "holds", "as above"],
            ["l", "c", "x", "holds", f"why: {test}"],
            ["l", "c", "x", "does not hold", "why"],
            ["l", "c", "x", "holds", "as above, too"],
            ["l", "c", "y", "holds until shown", "as above"],
            ["l", "c", "z", "holds", "because"],
        ]
        self.assertEqual(unproved(table), ["l c x", "l c y", "l c z"])


if __name__ == "__main__":
    unittest.main()
