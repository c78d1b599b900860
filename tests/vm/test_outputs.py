#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two outputs of a guest, each with pictures of its own and a level of its own; the display gets no
more than what changed."""

import json
import socket
import time
import unittest

import display_tap
import rig
import stage
from rig import guest

PROGRAM = rig.BUILD / "tests" / "vm" / "vitrine-vm-outputs"
WIDTH, HEIGHT = 320, 200
LIMIT_S = 20

# QEMU connects an output when a window of it opens; without windows the guest says that it is there.
CONNECT = "echo on >/sys/class/drm/card0-Virtual-2/status; cat /sys/class/drm/card0-*/status"


def picture(number):
    """What pixel() of outputs.c makes of a number."""
    pixels = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            pixels += bytes([(x * y + number) & 255, (y + 70 * number) & 255,
                             (x + 40 * number) & 255])
    return guest.Picture(WIDTH, HEIGHT, bytes(pixels))


class Control:
    """The device's control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.line = guest.Line(self.socket)

    def ask(self, command, **arguments):
        deadline = time.monotonic() + LIMIT_S
        question = {"execute": command, "arguments": arguments}
        self.line.send(json.dumps(question).encode() + b"\n", deadline)
        return json.loads(self.line.line(deadline))

    def set_level(self, output, level):
        answer = self.ask("set-level", output=output, level=level)
        if answer != {"return": {}}:
            raise guest.Failure(str(answer))

    def close(self):
        self.socket.close()


class Show:
    """The guest's program; the guest must have the port "work"."""

    def __init__(self, machine, custody="device"):
        self.port = machine.ports["work"]
        self.machine = machine
        key = "VITRINE_KEY=/tmp/device.key " if custody == "driver" else ""
        machine.run(
            f"{key}vitrine-vm-outputs /tmp/chain.der /tmp/root.der {rig.LINK} "
            f"<>{stage.WORK} >&0 2>/tmp/errors &"
        ).check()
        self.answered()

    def answered(self):
        said = self.port.line(time.monotonic() + LIMIT_S)
        if said != "00000000":
            raise guest.Failure(said + self.machine.run("cat /tmp/errors").text)

    def present(self, kind, output, number):
        self.port.send(f"{kind} {output} {number}\n".encode(), time.monotonic() + LIMIT_S)
        self.answered()


def flushes_whole_screens(release):
    """The consoles of newer kernels do, so that is what the display gets; seen with 6.12, not 6.1."""
    return tuple(map(int, release.split(".")[:2])) >= (6, 12)


class Outputs(unittest.TestCase):
    def setUp(self):
        self.device = self.enterContext(rig.device(
            "device", "--outputs", "2", "--require-hdcp"))
        self.tap = self.enterContext(display_tap.DisplayTap(self.device))
        self.guest = self.enterContext(rig.boot(
            self.tap.socket, rig.chain_files(), programs=[PROGRAM], ports={"work": None},
            gpu_options="max_outputs=2",
        ))
        self.control = Control(self.device.control)
        self.addCleanup(self.control.close)
    def expect(self, output, wanted, message):
        deadline = time.monotonic() + LIMIT_S
        while self.guest.screendump(output) != wanted:
            self.assertLess(time.monotonic(), deadline, message)
            time.sleep(0.05)

    def expect_update(self, output, pixels):
        """One whole picture, of that output alone."""
        updates = self.tap.take()
        self.assertEqual([each.place for each in updates], [(output, 0, 0, WIDTH, HEIGHT)])
        self.assertEqual(guest.Picture.from_bgrx(WIDTH, HEIGHT, updates[0].pixels), pixels)

    def test_the_display_gets_what_changed(self):
        # Letters on the guest's console, without its cursor. The first one goes with what else the
        # console still has to draw.
        self.guest.run("printf '\\033[?25l\\033[2J\\033[5;10HX' >/dev/tty0").check()
        first = self.guest.await_picture(lambda p: not p.is_black())
        self.assertFalse(first.is_black())
        while self.tap.take():
            self.guest.run("true")
        self.guest.run("printf '\\033[5;11HX' >/dev/tty0").check()
        self.assertNotEqual(self.guest.await_picture(lambda p: p != first), first)
        release = self.guest.run("uname -r").text
        for each in self.tap.take():
            letters = 8 * 7 <= each.x and each.x + each.width <= 8 * 13
            line = 16 * 4 <= each.y and each.y + each.height <= 16 * 5
            wanted = (letters and line) or flushes_whole_screens(release)
            self.assertTrue(each.output == 0 and wanted, (each.place, release))

    def test_each_output_has_its_picture_and_its_level(self):
        self.assertEqual(self.guest.run(CONNECT).text.split(), ["connected", "connected"])
        show = Show(self.guest)
        black = guest.Picture(WIDTH, HEIGHT, bytes(WIDTH * HEIGHT * 3))
        pictures = [picture(number) for number in range(3)]
        self.control.set_level(0, "hdcp")
        show.present("protected", 0, 0)
        show.present("protected", 1, 1)
        self.expect(0, pictures[0], "what has the level it needs is not shown")
        self.expect(1, black, "what has no level is shown")
        self.tap.take()
        self.control.set_level(1, "hdcp")
        self.expect(1, pictures[1], "the picture does not come without a new frame")
        self.expect_update(1, pictures[1])
        for level in ("none", "lost", "revoked"):
            self.control.set_level(0, level)
            self.expect(0, black, f"shown with level {level}")
            self.expect_update(0, black)
            self.control.set_level(0, "hdcp")
            self.expect(0, pictures[0], "does not come back without a new frame")
            self.expect_update(0, pictures[0])
        self.assertEqual(self.guest.screendump(1), pictures[1])
        # What is not protected needs no level.
        self.control.set_level(1, "none")
        show.present("plain", 1, 2)
        self.expect(1, pictures[2], "what is not protected is not shown")
        self.assertEqual(self.guest.screendump(0), pictures[0])
        show.present("protected", 1, 1)
        self.expect(1, black, "shown without the level that it needs")
        self.tap.take()
        # Nothing comes of it while it is black.
        show.present("protected", 1, 0)
        show.present("protected", 0, 2)
        self.expect(0, pictures[2], "the next frame is not shown")
        self.expect_update(0, pictures[2])


if __name__ == "__main__":
    unittest.main()
