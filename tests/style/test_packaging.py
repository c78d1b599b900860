#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is installed for QEMU and systemd names programs and options that exist.

usage: test_packaging.py BUILD_DIRECTORY VITRINE_GPU PREFIX
"""

import json
import pathlib
import re
import subprocess
import sys
import unittest

BUILD, GPU, PREFIX = sys.argv[1:4]
del sys.argv[1:4]
FOLDER = pathlib.Path(BUILD) / "packaging"


class Packaging(unittest.TestCase):
    def test_the_manifest_is_as_qemu_wants_it(self):
        manifest = json.loads((FOLDER / "60-vitrine-gpu.json").read_text(encoding="utf-8"))
        self.assertEqual(manifest["type"], "gpu")
        self.assertEqual(manifest["binary"], f"{PREFIX}/bin/vitrine-gpu")
        self.assertTrue(manifest["description"])

    def test_options_of_the_unit_are_known(self):
        unit = (FOLDER / "vitrine-gpu@.service").read_text(encoding="utf-8")
        command = re.search(r"^ExecStart=((?:.*\\\n)*.*)", unit, flags=re.MULTILINE)[1]
        shown = subprocess.run([GPU, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
        options = re.findall(r"(--[a-z-]+)", command)
        self.assertEqual(command.split()[0], f"{PREFIX}/bin/vitrine-gpu")
        self.assertGreaterEqual(len(options), 4)
        for option in options:
            self.assertIn(option, shown)

    def test_the_unit_bounds_what_a_renderer_takes(self):
        unit = (FOLDER / "vitrine-gpu@.service").read_text(encoding="utf-8")
        self.assertRegex(unit, r"(?m)^MemoryMax=\d+G$")


if __name__ == "__main__":
    unittest.main()
