#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A guest's own Mesa renders with the device, which stays in its sandbox."""

import sys
import unittest

import rig

GLES = rig.BUILD / "tests" / "vm" / "vitrine-vm-gles"


class Mesa(unittest.TestCase):
    def test_draws_by_virgl(self):
        with rig.device("device", "--virgl") as device:
            with rig.boot(device.socket, programs=[GLES], mesa=True) as guest:
                for _ in range(2):
                    result = guest.run("/app/vitrine-vm-gles", limit_s=60)
                    lines = result.text.splitlines()
                    self.assertEqual(result.status, 0, result.errors)
                    self.assertTrue(lines[0].startswith("virgl"), lines)
                    self.assertEqual(lines[1:], ["51 102 153", "0 255 0"])
                self.assertIsNone(device.process.poll())


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
