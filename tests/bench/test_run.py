#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What bench/run makes of figures that cannot be measured: here those with guests, without a QEMU."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "bench" / "run"


def run(*only):
    """Exit status, output, and the file's rows; with a build directory that pretends."""
    with tempfile.TemporaryDirectory() as folder:
        build, output = pathlib.Path(folder), pathlib.Path(folder, "bench.json")
        command = build / "tools" / "vitrine" / "vitrine"
        command.parent.mkdir(parents=True)
        command.write_text("#!/bin/sh\n", encoding="utf-8")
        command.chmod(0o755)
        (build / "bench").mkdir()
        done = subprocess.run(
            [TOOL, "--quick", *(f"--only={name}" for name in only), build, output],
            env={**os.environ, "VITRINE_QEMU": f"{folder}/no-qemu"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True, check=False, timeout=60,
        )
        return done.returncode, done.stdout, json.loads(output.read_text(encoding="utf-8"))


class NotMeasured(unittest.TestCase):
    def check(self, name, status):
        code, output, rows = run(name)
        self.assertEqual(code, status, output)
        self.assertIn(f"not measured: {name}: ", output)
        self.assertEqual(rows, [])

    def test_a_bar_is_not_met_by_it(self):
        self.check("vm.decrypt_16m_vs_embedded", 1)

    def test_a_figure_without_a_bar_may_be_left_out(self):
        self.check("vm.submit_16deep_vs_virtio_gpu_gl", 0)


if __name__ == "__main__":
    unittest.main()
