#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every way out of a protected picture, tried by a program of a real guest on a device that renders:
on what another program shows, and on a picture of the program's own session, each from the render node
and from the card. What is tried is tried on an unprotected decoy first, where it must work."""

import unittest

import rig
import stage

EXIT = rig.BUILD / "tests" / "vm" / "vitrine-vm-exit"
WINDOW = 48

ON_ALL = {
    "transfer", "map", "overwrite", "copy from", "blit from", "draw with", "image load",
    "transfer from", "copy transfer from", "vertices", "uniforms", "shader buffer load", "copy onto",
    "blit onto", "draw on", "image store", "inline write", "transfer to", "copy transfer to",
    "shader buffer store", "transform feedback", "query", "vendor copy", "vendor convert",
    "vendor encrypt",
}
ON_SHOWN = ON_ALL | {"vendor decrypt onto", "copy from neighbours"}


def windows(data, wanted=6):
    """Pieces in which many different bytes are."""
    starts = range(0, len(data) - WINDOW, WINDOW)
    pieces = sorted((data[at:at + WINDOW] for at in starts), key=lambda piece: -len(set(piece)))
    return b"".join(pieces[:wanted])


class Exits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.clip = rig.Clip(size="160x90")
        cls.device = cls.enterClassContext(rig.device("device", "--virgl"))
        files = {**rig.chain_files(), "clip": cls.clip.sealed}
        cls.guest = cls.enterClassContext(
            rig.boot(cls.device.socket, files, programs=[EXIT], ports={"work": None})
        )
        cls.play = stage.Playback(cls.guest)
        cls.play.await_picture("protected")
        cls.shown = cls.await_shown()
        known = cls.shown.bgrx()
        cls.guest.put("/tmp/known", known)
        cls.guest.put("/tmp/windows", windows(known))

    @classmethod
    def await_shown(cls):
        return cls.guest.await_picture(lambda p: rig.digest(p) == cls.clip.shown_digest)

    def attack(self, node, what, expected):
        self.assertEqual(rig.digest(self.await_shown()), self.clip.shown_digest)
        done = self.guest.run(
            f"vitrine-vm-exit {node} {what} /tmp/clip /tmp/known /tmp/windows", limit_s=120
        )
        told = dict(line.split(": ") for line in done.text.splitlines())
        self.assertEqual((done.status, done.errors), (0, b""), done.text)
        self.assertEqual({name for name in told if told[name] != "works 0"}, set(), told)
        self.assertEqual(set(told), expected)
        self.assertEqual(rig.digest(self.guest.screendump()), self.clip.shown_digest)
        self.assertIsNone(self.device.process.poll(), "the device ended")

    def test_of_what_is_shown_from_the_render_node(self):
        self.attack("/dev/dri/renderD128", "screen", ON_SHOWN)

    def test_of_what_is_shown_with_kms(self):
        self.attack("/dev/dri/card0", "screen", ON_SHOWN)

    def test_of_ones_own_session_from_the_render_node(self):
        self.attack("/dev/dri/renderD128", "session", ON_ALL)

    def test_of_ones_own_session_on_the_card(self):
        self.attack("/dev/dri/card0", "session", ON_ALL)

    def test_the_screen_itself_cannot_be_captured(self):
        taken, length = stage.capture(self.guest)
        self.assertTrue(taken.is_black())
        self.assertLess(length, len(self.shown.bgrx()))
        # What is not protected can be; and the player has noticed nothing.
        self.play.go_on()
        self.play.await_picture("control")
        taken, _ = stage.capture(self.guest)
        self.assertFalse(taken.is_black())
        self.assertEqual(self.guest.await_picture(lambda p: p == taken), taken)
        self.play.go_on()
        self.assertEqual(self.play.status(), 0, self.play.errors())


if __name__ == "__main__":
    unittest.main()
