#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/play with LINK=vm: sealed outside, played in a guest, the content server outside."""

import json
import os
import subprocess
import unittest

import rig


def play(custody):
    return subprocess.run(
        [rig.ROOT / "tools" / "play", rig.BUILD], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "LINK": "vm", "CUSTODY": custody, "FRAMES": "8", "SIZE": "160x90"},
        text=True, timeout=150, check=False,
    )


class Play(unittest.TestCase):
    def test_it_leaves_its_pictures_and_its_report(self):
        for custody in ("device", "driver"):
            with self.subTest(custody=custody):
                done = play(custody)
                self.assertEqual(done.returncode, 0, done.stdout)
                folder = rig.BUILD / "play"
                report = json.loads(rig.read(folder / "report.json"))
                told = {name: report[name] for name in (
                    "custody", "frames", "session_refreshed", "readback_matches",
                    "display_equals_source", "capture_is_black", "control_equals_frame",
                )}
                self.assertEqual(told, {
                    "custody": custody, "frames": 8, "session_refreshed": True,
                    "readback_matches": True, "display_equals_source": True,
                    "capture_is_black": True, "control_equals_frame": True,
                })
                self.assertEqual(report["display_sha256"], report["source_sha256"])
                for name in ("display.png", "capture.png", "control.png"):
                    self.assertEqual(rig.read(folder / name)[:8], b"\x89PNG\r\n\x1a\n")


if __name__ == "__main__":
    unittest.main()
