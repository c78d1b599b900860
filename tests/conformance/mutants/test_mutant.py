#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutants are read, applied and judged as mutant.py says; and each of the folder is built."""

import pathlib
import re
import tempfile
import unittest

from mutant import Mutant

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TEXT = "# why\nlibrary umd\nfile a.c\ntests x/y z/*\n--- old\nif (a) {\n--- new\nif (b) {\n"


def make(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "name.mutant")
        path.write_text(text, encoding="utf-8")
        return Mutant(path)


class Mutants(unittest.TestCase):
    def test_applies_once(self):
        mutant = make(TEXT)
        self.assertEqual(mutant.apply("x\nif (a) {\ny\n"), "x\nif (b) {\ny\n")
        for source in ("", "x", "if (a) {\nif (a) {\n"):
            with self.assertRaises(ValueError):
                mutant.apply(source)

    def test_judges(self):
        mutant = make(TEXT)
        self.assertEqual(mutant.kills({"x/y", "z/1", "z/2"}), "")
        for broken in (set(), {"x/y"}, {"z/1"}, {"x/y", "z/1", "w/1"}):
            self.assertNotEqual(mutant.kills(broken), "", broken)

    def test_judges_what_was_run(self):
        mutant = make(TEXT.replace("tests", "only @(x|v_*)/*\ntests v_1/*", 1))
        self.assertEqual(mutant.kills({"x/y", "v_1/1"}), "")
        self.assertNotEqual(mutant.kills({"x/y"}), "")
        self.assertNotEqual(mutant.kills({"x/y", "v_1/1", "x/z"}), "")
        mutant.only = None
        self.assertNotEqual(mutant.kills({"x/y", "v_1/1"}), "")

    def test_refuses(self):
        for text in (
            TEXT.replace("--- new", "new"),
            TEXT.replace("library umd", "library x"),
            TEXT.replace("tests x/y z/*", ""),
            TEXT.replace("if (b)", "if (a)"),
            TEXT.replace("file a.c", "fil a.c"),
        ):
            with self.assertRaises((ValueError, AttributeError)):
                make(text).apply("if (a) {\n")

    def test_every_mutant_is_built(self):
        build = (HERE / "meson.build").read_text(encoding="utf-8")
        for path in HERE.glob("*.mutant"):
            with self.subTest(path=path.name):
                self.assertTrue(re.search(rf"'{path.stem}':", build))
                mutant = Mutant(path)
                mutant.apply((ROOT / mutant.file).read_text(encoding="utf-8"))
        self.assertGreaterEqual(len(list(HERE.glob("*.mutant"))), 12)


if __name__ == "__main__":
    unittest.main()
