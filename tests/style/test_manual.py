#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The manual pages and what --help says name the same options.

usage: test_manual.py VITRINE VITRINE-GPU VITRINE-CONFORM
"""

import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "man"
PROGRAMS = [sys.argv.pop(1) for _ in range(3)] if len(sys.argv) > 3 else []

# Page -> the calls that it describes; the program by its number above.
CALLS = {
    "vitrine.1": [(0, [])],
    "vitrine-cert.1": [(0, ["cert", c]) for c in ("init", "issue", "show", "verify", "trust", "revoke")],
    "vitrine-channel.1": [(0, ["channel"])],
    "vitrine-conform.1": [(2, [])],
    "vitrine-gpu.1": [(1, [])],
    "vitrine-info.1": [(0, ["info"])],
    "vitrine-monitor.1": [(0, ["monitor"])],
    "vitrine-opm.1": [(0, ["opm"])],
    "vitrine-pattern.1": [(0, ["pattern"])],
    "vitrine-play.1": [(0, ["play"])],
    "vitrine-seal.1": [(0, ["seal"])],
    "vitrine-vm.1": [(0, ["vm"])],
}

COMMON = {"-?", "--help", "--usage", "-V", "--version"}  # every page need not repeat them


def options_of_help(text):
    """Options at the beginning of the lines of an argp help text."""
    found = set()
    for line in text.splitlines():
        match = re.match(r"^ {2,6}(-\S(?:, |$| )|--)", line)
        if match:
            head = re.split(r" {3,}", line.strip())[0]
            found.update(re.findall(r"(?:^|\s)(--[\w-]+|-[^\s,-])", head))
    return found


def options_of_page(text):
    """What stands behind Fl in the item and synopsis lines of an mdoc page."""
    found = set()
    for line in text.splitlines():
        if not line.startswith("."):
            continue
        flag = False
        for word in line[1:].split():
            if word == "Fl":
                flag = True
            elif word in ("|", ","):
                continue
            elif flag and re.fullmatch(r"-[\w-]+", word):
                found.add("-" + word)
            elif flag and re.fullmatch(r"\w|\\&\?", word):
                found.add("-" + word[-1])
            else:
                flag = False
    return found


def help_of(number, words):
    return subprocess.run(
        [PROGRAMS[number], *words, "--help"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout


class Manual(unittest.TestCase):
    def test_every_page_is_looked_at(self):
        self.assertEqual({path.name for path in PAGES.glob("*.1")}, set(CALLS))

    def test_pages_and_help_name_the_same_options(self):
        for page, calls in CALLS.items():
            told = set().union(*(options_of_help(help_of(*call)) for call in calls))
            written = options_of_page((PAGES / page).read_text(encoding="utf-8"))
            # The first command line of another page may stand in an example or in the text.
            with self.subTest(page=page):
                self.assertGreater(len(told), 3)
                self.assertEqual(told - written - COMMON, set(), "not in the page")
                others = {"--serve"} if page == "vitrine-play.1" else set()
                self.assertEqual(written - told - COMMON - others, set(), "not in --help")

    @unittest.skipIf(shutil.which("mandoc") is None, "mandoc is not installed")
    def test_pages_are_well_formed(self):
        for page in CALLS:
            with self.subTest(page=page):
                result = subprocess.run(
                    ["mandoc", "-T", "lint", "-W", "warning", PAGES / page],
                    stdout=subprocess.PIPE, text=True, check=False,
                )
                self.assertEqual(result.stdout, "")


class Readers(unittest.TestCase):
    """The functions above see what they must."""

    def test_help_is_read(self):
        text = (
            "Usage: x [OPTION...] FILE\n says --nothing\n\n      --size=WxH     640x360\n"
            "  -o, --output=FILE          with --other\n  -q    quiet\n"
            "                 continued --wrong\n"
        )
        self.assertEqual(options_of_help(text), {"--size", "-o", "--output", "-q"})

    def test_pages_are_read(self):
        text = (
            ".Op Fl -a-b Ar n | Fl c\n.It Fl o , -output Ar -file\n.It Fl \\&? , -help\n"
            "text Fl -no\n.Nm vitrine Ar x\n"
        )
        self.assertEqual(
            options_of_page(text), {"--a-b", "-c", "-o", "--output", "-?", "--help"}
        )


if __name__ == "__main__":
    unittest.main()
