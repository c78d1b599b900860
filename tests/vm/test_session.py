#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A whole protected session in a guest with a stock kernel, seen from both sides of its screen."""

import json
import unittest

import rig
import stage


class Session:
    """With each custody."""

    custody = None

    @classmethod
    def setUpClass(cls):
        cls.clip = rig.Clip(cls.custody)
        cls.device = cls.enterClassContext(rig.device(cls.custody))
        files = {**rig.chain_files(cls.custody), "clip": cls.clip.sealed,
                 "torn": cls.clip.sealed[:-1]}
        cls.guest = cls.enterClassContext(
            rig.boot(cls.device.socket, files, ports={"work": None})
        )

    def test_the_walkthrough_goes_as_published(self):
        key = "/tmp/device.key" if self.custody == "driver" else "''"
        done = self.guest.run(
            f"session-walkthrough /tmp/chain.der /tmp/root.der {key} {rig.LINK}"
        )
        self.assertEqual((done.status, done.errors), (0, b""), done.text)
        self.assertIn("the session key is refreshed", done.text)
        self.assertNotIn("NO", done.text)

    def test_a_screen_shows_exactly_what_was_sealed_and_no_capture_has_it(self):
        play = stage.Playback(self.guest, custody=self.custody)
        play.await_picture("protected")
        shown = self.guest.await_picture(lambda p: rig.digest(p) == self.clip.shown_digest)
        self.assertEqual((shown.width, shown.height), (320, 180))
        self.assertEqual(rig.digest(shown), self.clip.shown_digest)
        taken, length = stage.capture(self.guest)
        self.assertTrue(taken.is_black())
        self.assertLess(length, 320 * 180 * 4, "there is guest memory behind a protected picture")

        play.go_on()
        play.await_picture("control")
        taken, _ = stage.capture(self.guest)
        shown = self.guest.await_picture(lambda p: p == taken)
        self.assertFalse(taken.is_black())
        self.assertEqual(taken, shown)

        play.go_on()
        self.assertEqual(play.status(), 0, play.errors())
        report = json.loads(self.guest.get("/tmp/report.json"))
        self.assertEqual((report["frames"], report["refusals"]), (12, 2))
        self.assertEqual(report["custody"], self.custody)
        self.assertEqual(report["source_sha256"], self.clip.shown_digest.hex())
        self.assertIsNone(report["display_sha256"])

    def test_a_clip_that_is_cut_off_is_refused(self):
        play = stage.Playback(self.guest, "/tmp/torn", custody=self.custody)
        self.assertEqual(play.status(), 1)
        self.assertIn("frame 11: truncated or damaged", play.errors())

    def test_the_screen_is_black_when_the_session_is_gone(self):
        play = stage.Playback(self.guest, custody=self.custody)
        play.await_picture("protected")
        wanted = self.clip.shown_digest
        self.assertEqual(
            rig.digest(self.guest.await_picture(lambda p: rig.digest(p) == wanted)), wanted
        )
        self.guest.run("killall -9 vitrine-guest-player").check()
        gone = self.guest.await_picture(lambda p: rig.digest(p) != wanted)
        self.assertNotEqual(rig.digest(gone), wanted)
        self.assertEqual(play.status(), 137)


class CustodyDevice(Session, unittest.TestCase):
    custody = "device"


class CustodyDriver(Session, unittest.TestCase):
    custody = "driver"


if __name__ == "__main__":
    unittest.main()
