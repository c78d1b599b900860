#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program in a guest commands HDCP of a device that requires it, and the monitor at its output is
unplugged and plugged from outside.

usage: test_opm.py CUSTODY FOLDER-OF-LISTS
"""

import json
import pathlib
import subprocess
import sys
import time
import unittest

import rig
from rig import guest
from test_outputs import CONNECT, HEIGHT, LIMIT_S, PROGRAM, WIDTH, Show, picture

CUSTODY = sys.argv.pop(1)
SRM = pathlib.Path(sys.argv.pop(1))  # what make_srm.c wrote
OPM = rig.BUILD / "tests" / "vm" / "vitrine-vm-opm"
BLACK = guest.Picture(WIDTH, HEIGHT, bytes(WIDTH * HEIGHT * 3))
NORMAL, LINK_LOST, RENEGOTIATE, TAMPERED, REVOKED = 0, 1, 2, 4, 8
OFF, ON = 0, 1


class Object:
    """The guest's program with an OPM object; the guest must have the port "opm"."""

    def __init__(self, machine):
        self.port = machine.ports["opm"]
        self.machine = machine
        key = "VITRINE_KEY=/tmp/device.key " if CUSTODY == "driver" else ""
        machine.run(
            f"VITRINE_LINK=drm: {key}vitrine-vm-opm /tmp/root.der "
            "<>/dev/virtio-ports/vitrine.opm >&0 2>/tmp/opm.errors &"
        ).check()

    def say(self, words):
        self.port.send(f"{words}\n".encode(), time.monotonic() + LIMIT_S)
        return self.port.line(time.monotonic() + LIMIT_S)

    def do(self, words):
        said = self.say(words)
        if said != "00000000":
            raise guest.Failure(f"{words}: {said} {self.machine.run('cat /tmp/opm.errors').text}")

    def ask(self):
        """Status flags, and the actual level of HDCP."""
        return tuple(map(int, self.say("ask").split()))


class Protection(unittest.TestCase):
    def setUp(self):
        self.device = self.enterContext(rig.device(CUSTODY, "--outputs", "2", "--require-hdcp", "--srm-key", SRM / "srm.pem"))
        lists = {name: rig.read(SRM / name) for name in ("empty.srm", "revoking.srm")}
        self.guest = self.enterContext(rig.boot(
            self.device.socket, rig.chain_files(CUSTODY) | lists, programs=[PROGRAM, OPM],
            ports={"work": None, "opm": None}, gpu_options="max_outputs=2",
        ))
        self.assertEqual(self.guest.run(CONNECT).text.split(), ["connected", "connected"])

    def monitor(self, *words):
        """vitrine monitor, on the host."""
        return subprocess.run(
            [rig.COMMAND, "monitor", "--control-socket", self.device.control, *words],
            check=True, timeout=60, stdout=subprocess.PIPE, text=True,
        ).stdout

    def expect(self, wanted, message):
        deadline = time.monotonic() + LIMIT_S
        while self.guest.screendump() != wanted:
            self.assertLess(time.monotonic(), deadline, message)
            time.sleep(0.05)

    def test_protection_is_commanded_lost_and_commanded_again(self):
        show = Show(self.guest, CUSTODY)
        show.present("protected", 0, 1)
        self.expect(BLACK, "shown without HDCP")
        output = Object(self.guest)
        output.do("open")
        self.assertEqual(output.ask(), (NORMAL, OFF))
        output.do("hdcp 1")
        self.expect(picture(1), "HDCP is on, and the frame is not shown")
        self.assertEqual(output.ask(), (NORMAL, ON))

        self.monitor("unplug")
        self.expect(BLACK, "shown on a link that is lost")
        self.assertEqual(output.ask(), (LINK_LOST, OFF))
        self.assertEqual(output.ask(), (NORMAL, OFF), "it is said once")
        self.assertEqual(json.loads(self.monitor("show", "--json"))[0]["level"], "lost")
        show.present("protected", 0, 2)
        self.expect(BLACK, "a new frame is shown on a link that is lost")

        self.monitor("plug")
        self.assertEqual(output.ask(), (RENEGOTIATE, OFF))
        self.expect(BLACK, "shown before HDCP is commanded again")
        output.do("hdcp 1")
        self.expect(picture(2), "HDCP is on again, and the frame does not come back")
        self.assertEqual(output.ask(), (NORMAL, ON))

        self.monitor("tamper")
        self.expect(BLACK, "shown on a link that somebody meddles with")
        self.assertEqual(output.ask(), (TAMPERED, OFF))
        self.monitor("slow", "300")
        output.do("hdcp 1")
        self.expect(picture(2), "a slow monitor does not come on by itself")
        self.assertEqual(output.ask(), (NORMAL, ON))

        self.monitor("revoke")
        self.expect(BLACK, "shown to a revoked receiver")
        self.assertEqual(output.ask(), (REVOKED | LINK_LOST, OFF))
        self.monitor("unrevoke")
        output.do("hdcp 1")
        self.expect(picture(2), "does not come back")

        # The same from inside, by a list that the device's key signed.
        output.do("srm 1 /tmp/empty.srm")
        self.assertEqual(output.say("srm 1 /tmp/revoking.srm"), "c0262512", "INVALID_SRM")
        self.assertEqual(output.ask(), (NORMAL, ON))
        output.do("srm 2 /tmp/revoking.srm")
        self.expect(BLACK, "shown to a receiver on the list")
        self.assertEqual(output.ask(), (REVOKED | LINK_LOST, OFF))
        self.assertEqual(output.say("srm 1 /tmp/empty.srm"), "c0262512", "it is older")
        self.monitor("ksv", "0f0f0f0ff0")
        output.do("hdcp 1")
        self.expect(picture(2), "another receiver is not on the list")

        output.do("close")
        self.expect(BLACK, "the object is gone, and its HDCP is not")

        # What a program commanded goes with the program, however that ends.
        output.do("open")
        output.do("hdcp 1")
        self.expect(picture(2), "a new object does not command")
        self.guest.run("killall -9 vitrine-vm-opm").check()
        self.expect(BLACK, "the program is gone, and its HDCP is not")


if __name__ == "__main__":
    unittest.main()
