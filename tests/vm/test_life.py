#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A guest's driver goes and comes back, a guest follows another, the device dies."""

import time
import unittest

import rig
import stage

WALK = f"session-walkthrough /tmp/chain.der /tmp/root.der '' {rig.LINK}"

# The console lets go of the driver first, as everybody does who wants to unload it.
UNLOAD = "for c in /sys/class/vtconsole/vtcon*; do echo 0 >$c/bind; done 2>/dev/null\nrmmod virtio_gpu"
LOAD = "insmod /lib/modules/virtio_gpu.ko"
REMOVED = "88760870"


class Life(unittest.TestCase):
    def boot(self, device, **options):
        return rig.boot(device.socket, options.pop("files", rig.chain_files()), **options)

    def test_the_driver_is_loaded_again_and_a_second_guest_follows(self):
        clip = rig.Clip()
        files = {**rig.chain_files(), "clip": clip.sealed}
        with rig.device() as device:
            with self.boot(device, files=files, ports={"work": None}) as guest:
                self.assertEqual(guest.run(WALK).status, 0)
                for _ in range(2):
                    guest.run(UNLOAD).check()
                    self.assertNotEqual(guest.run("test -e /dev/dri/card0").status, 0)
                    guest.run(LOAD).check()
                    again = guest.run(WALK)
                    self.assertEqual(again.status, 0, again.text)
                # Pulled out while a protected picture is on its screen.
                stage.Playback(guest).await_picture("protected")
            with self.boot(device, files=files, ports={"work": None}) as guest:
                again = guest.run(WALK)
                self.assertEqual(again.status, 0, again.text)
                play = stage.Playback(guest)
                play.await_picture("protected")
                shown = guest.await_picture(lambda p: rig.digest(p) == clip.shown_digest)
                self.assertEqual(rig.digest(shown), clip.shown_digest)
            self.assertIsNone(device.process.poll(), "the device ended")

    def test_a_guest_that_was_paused_goes_on(self):
        clip = rig.Clip()
        files = {**rig.chain_files(), "clip": clip.sealed}
        with rig.device() as device:
            with self.boot(device, files=files, ports={"work": None}) as guest:
                play = stage.Playback(guest)
                play.await_picture("protected")
                guest.qmp("stop")
                guest.qmp("cont")
                play.go_on()
                play.await_picture("control")
                play.go_on()
                self.assertEqual(play.status(), 0, play.errors())
                again = guest.run(WALK)
                self.assertEqual(again.status, 0, again.text)
            self.assertIsNone(device.process.poll(), "the device ended")

    def test_the_end_of_the_device_is_told_and_the_guest_lives(self):
        with rig.device() as device:
            with self.boot(device, ports={"work": None},
                           programs=[rig.BUILD / "tests" / "vm" / "vitrine-vm-killed"]) as guest:
                guest.run(
                    "vitrine-vm-killed /tmp/chain.der /tmp/root.der drm: "
                    f"<>{stage.WORK} >&0 2>/tmp/killed.errors &"
                ).check()
                work = guest.ports["work"]
                self.assertEqual(work.line(time.monotonic() + 30), "working",
                                 guest.console() + guest.run("cat /tmp/killed.errors").text)
                device.kill()
                code, milliseconds = work.line(time.monotonic() + 30).split()
                self.assertEqual(code, REMOVED)
                self.assertLess(int(milliseconds), 2000)
                word, milliseconds = work.line(time.monotonic() + 30).split()
                self.assertEqual(word, "closed")
                self.assertLess(int(milliseconds), 2000)
                self.assertTrue(guest.is_alive())
                other = guest.run("sha256sum /app/session-walkthrough | cut -c 1-8")
                self.assertEqual((other.status, len(other.text)), (0, 9))


if __name__ == "__main__":
    unittest.main()
