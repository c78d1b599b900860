#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/summary.py counts what it must."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[1] / "summary.py"
CRITERION = "\x1b[0;34m====\x1b[0m Synthesis: Tested: \x1b[1m{}\x1b[0m | Passing: {} | Failing: {} | Crashing: {} "


def result(name, state, stdout="", stderr=""):
    return {"name": name, "result": state, "stdout": stdout, "stderr": stderr}


def summary(*files):
    """Runs the tool on result files with these records; None: a missing file."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, records in enumerate(files):
            path = pathlib.Path(folder) / f"run{number}.json"
            if records is not None:
                path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
            paths.append(path)
        done = subprocess.run(
            [sys.executable, TOOL, *paths], stdout=subprocess.PIPE, text=True, check=False
        )
        return done.returncode, done.stdout.splitlines()


class Summary(unittest.TestCase):
    def test_programs_count_as_one(self):
        self.assertEqual(
            summary([result("a", "OK")], [result("b", "OK")]), (0, ["2 passed, 0 failed"])
        )

    def test_criterion_programs_count_their_tests(self):
        text = CRITERION.format(7, 5, 1, 1)
        self.assertEqual(
            summary([result("a", "FAIL", stderr=text)]), (1, ["failed: a", "5 passed, 2 failed"])
        )

    def test_unittest_programs_count_their_tests(self):
        text = "....\nRan 4 tests in 0.1s\n\nOK\n"
        self.assertEqual(summary([result("a", "OK", text)]), (0, ["4 passed, 0 failed"]))

    def test_a_failure_behind_a_good_synthesis_is_a_failure(self):
        text = CRITERION.format(7, 7, 0, 0)
        self.assertEqual(summary([result("a", "TIMEOUT", text)])[1][-1], "7 passed, 1 failed")

    def test_a_missing_run_is_a_failure(self):
        self.assertEqual(
            summary([result("a", "OK")], None), (1, ["run1: did not run", "1 passed, 1 failed"])
        )

    def test_nothing_is_no_success(self):
        self.assertEqual(summary([]), (1, ["no test ran", "0 passed, 0 failed"]))
        self.assertEqual(summary([result("a", "SKIP")])[0], 1)

    def test_skips_inside_a_program_are_listed_and_counted(self):
        skip = "[\x1b[0;33mSKIP\x1b[0m] search::core: no core files\n"
        text = skip + CRITERION.format(2, 2, 0, 0)
        code, lines = summary([result("a", "OK", "no end of line", text), result("b", "SKIP")])
        listed = ["skipped: a: search::core: no core files", "skipped: b"]
        self.assertEqual((code, lines), (0, [*listed, "2 passed, 0 failed, 2 skipped"]))

    def test_failures_are_named_beside_skips(self):
        text = "[SKIP] search::core: no core files\n" + CRITERION.format(2, 2, 0, 0)
        code, lines = summary([result("a", "FAIL", stderr=text)])
        self.assertEqual((code, lines[0]), (1, "failed: a"))
        self.assertEqual(lines[-1], "2 passed, 1 failed, 1 skipped")


if __name__ == "__main__":
    unittest.main()
