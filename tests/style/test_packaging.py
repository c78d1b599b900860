#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is installed for QEMU, systemd and pkg-config names what exists.

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

    def test_primitives_and_key_storage_are_linked_with_what_they_need(self):
        """A linker does not look for libraries of libraries where -L says."""
        build = pathlib.Path(BUILD)
        for folder in ["bcrypt", "ncrypt"]:
            told = (build / f"meson-private/libvitrine_{folder}.pc").read_text(encoding="utf-8")
            library = build / f"cng/{folder}/libvitrine_{folder}.so.0"
            needed = subprocess.run(["readelf", "--dynamic", library], stdout=subprocess.PIPE,
                                    text=True, check=True).stdout
            ours = re.findall(r"\(NEEDED\).*\[lib(vitrine_\w+)\.so", needed)
            self.assertEqual(ours, ["vitrine_irql"])
            for name in [f"vitrine_{folder}", *ours]:
                self.assertRegex(told, rf"(?m)^Libs:.* -l{name}\b")


if __name__ == "__main__":
    unittest.main()
