#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Format, licence lines and words of the tree's text files."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORMATTER = "clang-format-19"
SPDX = "SPDX-License-Identifier: MIT"
CODE = {".c", ".h", ".py", ".sh"}

# In pieces, so that this file does not hold them.
FORBIDDEN = [
    "debian" + ".org",
    "pypi" + ".org",
    "crates" + ".io",
    "npmjs" + ".",
    "pkg.go" + ".dev",
    "/wor" + "k/",
    "/ho" + "me/",
]


def files():
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not any(
            p == ".git" or p == "__pycache__" or p == "build" or p.startswith("build-")
            for p in parts
        ):
            yield path


def text_of(path):
    data = path.read_bytes()
    return None if b"\0" in data else data.decode("utf-8", "replace")


def is_code(path, text):
    return path.suffix in CODE or text.startswith("#!")


def misformatted(paths):
    """Those of the paths that the formatter would change."""
    result = subprocess.run(
        [FORMATTER, "--dry-run", "--ferror-limit=1", *paths],
        stderr=subprocess.PIPE, text=True, check=True,
    )
    return sorted(set(re.findall(r"^(\S+?):\d+:", result.stderr, re.MULTILINE)))


class Text(unittest.TestCase):
    def test_clang_format_leaves_no_difference(self):
        self.assertIsNotNone(
            shutil.which(FORMATTER), f"{FORMATTER} is not there: run tools/setup check"
        )
        sources = [str(p) for p in files() if p.suffix in (".c", ".h")]
        self.assertNotEqual(sources, [])
        self.assertEqual(misformatted(sources), [], "run make format")

    def test_clang_format_sees_a_difference(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(ROOT / ".clang-format", folder)
            bad = pathlib.Path(folder) / "bad.c"
            bad.write_text("int  x;\n", encoding="utf-8")
            self.assertEqual(misformatted([str(bad)]), [str(bad)])

    def test_code_says_its_licence_first(self):
        for path in files():
            text = text_of(path)
            if text is not None and is_code(path, text):
                lines = text.splitlines()[:2]
                with self.subTest(file=str(path.relative_to(ROOT))):
                    self.assertTrue(any(SPDX in line for line in lines))

    def test_no_host_of_a_registry_and_no_path_of_a_machine(self):
        for path in files():
            text = text_of(path)
            for word in FORBIDDEN if text is not None else []:
                with self.subTest(file=str(path.relative_to(ROOT)), word=word):
                    self.assertNotIn(word, text)

    def test_lines_end_clean(self):
        for path in files():
            text = text_of(path)
            if text and is_code(path, text):
                with self.subTest(file=str(path.relative_to(ROOT))):
                    self.assertTrue(text.endswith("\n"))
                    self.assertIsNone(re.search(r"[ \t\r]+$", text, re.MULTILINE))


if __name__ == "__main__":
    unittest.main()
