#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What tests/summary.py counts and lists."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SUMMARY = pathlib.Path(__file__).resolve().parents[1] / "summary.py"
SYNTHESIS = "[====] Synthesis: Tested: {0} | Passing: {0} | Failing: 0 | Crashing: 0 \n"


def summarise(*records):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "run.json")
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        result = subprocess.run(
            [SUMMARY, path], stdout=subprocess.PIPE, text=True, timeout=20, check=False
        )
    return result.returncode, result.stdout.splitlines()


def record(name, result, stderr="", stdout=""):
    return {"name": name, "result": result, "stdout": stdout, "stderr": stderr}


class Summary(unittest.TestCase):
    def test_nothing_is_said_of_skips_when_there_are_none(self):
        code, lines = summarise(record("a", "OK", SYNTHESIS.format(3)), record("b", "OK"))
        self.assertEqual((code, lines), (0, ["4 passed, 0 failed"]))

    def test_skips_inside_a_program_are_listed_and_counted(self):
        text = "[\x1b[0;33mSKIP\x1b[0m] search::core: no core files\n" + SYNTHESIS.format(2)
        code, lines = summarise(record("a", "OK", text, "no end of line"), record("b", "SKIP"))
        self.assertEqual(code, 0)
        self.assertEqual(
            lines,
            ["skipped: a: search::core: no core files", "skipped: b", "2 passed, 0 failed, 2 skipped"],
        )

    def test_failures_are_named_beside_skips(self):
        text = "[SKIP] search::core: no core files\n" + SYNTHESIS.format(2)
        code, lines = summarise(record("a", "FAIL", text))
        self.assertEqual(code, 1)
        self.assertEqual(lines[0], "failed: a")
        self.assertEqual(lines[-1], "2 passed, 1 failed, 1 skipped")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
