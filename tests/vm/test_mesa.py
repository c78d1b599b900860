#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A guest's own Mesa renders with the device, which stays in its sandbox."""

import sys
import time
import unittest

import rig
import stage

GLES = rig.BUILD / "tests" / "vm" / "vitrine-vm-gles"
SCREEN = rig.BUILD / "tests" / "vm" / "vitrine-vm-gles-screen"
STEPS, PICTURES = 8, 4  # of the latter program


def drawn(width, height, count):
    """What the program says that it draws."""
    rows = [
        b"".join(bytes((32 * x, 32 * y, 51 * count)) * (width // STEPS) for x in range(STEPS))
        for y in range(STEPS)
    ]
    return rig.guest.Picture(width, height, b"".join(row * (height // STEPS) for row in rows))


class Mesa(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.device = cls.enterClassContext(rig.device("device", "--virgl"))
        cls.guest = cls.enterClassContext(
            rig.boot(cls.device.socket, programs=[GLES, SCREEN], mesa=True, ports={"work": None})
        )

    def test_draws_by_virgl(self):
        for _ in range(2):
            result = self.guest.run("/app/vitrine-vm-gles", limit_s=60)
            lines = result.text.splitlines()
            self.assertEqual(result.status, 0, result.errors)
            self.assertTrue(lines[0].startswith("virgl"), lines)
            self.assertEqual(lines[1:], ["51 102 153", "0 255 0"])
        self.assertIsNone(self.device.process.poll())

    def line(self):
        """Of the program on the screen."""
        return self.guest.ports["work"].line(time.monotonic() + 60)

    def test_what_a_program_draws_by_virgl_is_on_the_screen(self):
        self.guest.run(
            "(vitrine-vm-gles-screen /dev/dri/card0 1>&0 2>/tmp/screen.errors\n"
            f"echo status $? >&0) <>{stage.WORK} >/dev/null 2>&1 &"
        ).check()
        renderer = self.line()
        self.assertTrue(renderer.startswith("virgl"),
                        renderer + self.guest.run("cat /tmp/screen.errors").text)
        width, height = map(int, self.line().split("x"))
        for count in range(1, PICTURES + 1):
            self.assertEqual(self.line(), f"shown {count}")
            wanted = drawn(width, height, count)
            shown = self.guest.await_picture(lambda picture: picture == wanted)
            self.assertEqual((shown.width, shown.height), (width, height))
            self.assertTrue(shown == wanted, f"picture {count}")
            self.guest.ports["work"].send(b"\n", time.monotonic() + 10)
        self.assertEqual(self.line(), "status 0")
        self.assertIsNone(self.device.process.poll())


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
