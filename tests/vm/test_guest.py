#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The harness itself: what comes back from a guest, and that everything ends."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import rig
from rig import guest

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
import rig
with rig.device() as device, rig.boot(device.socket) as machine:
    print(device.process.pid, machine.process.pid, device.folder.name, flush=True)
    sys.stdin.read()
"""


def is_running(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


class Harness(unittest.TestCase):
    def test_everything_comes_back(self):
        with rig.device() as device, rig.boot(device.socket) as machine:
            done = machine.run("echo one; echo two >&2; exit 3")
            self.assertEqual((done.status, done.output, done.errors), (3, b"one\n", b"two\n"))
            with self.assertRaises(guest.Failure):
                done.check()
            data = os.urandom(100000)
            machine.put("/tmp/file", data)
            self.assertEqual(machine.get("/tmp/file"), data)
            self.assertEqual(machine.count_in_memory([data[:64], os.urandom(64)])[1], 0)
            self.assertGreater(machine.count_in_memory([data[100:164]])[0], 0)
            self.assertEqual((machine.screendump().width, machine.screendump().height), (1280, 800))
            with self.assertRaisesRegex(guest.Failure, "no answer in time"):
                machine.run("sleep 100", limit_s=1)
            pids = [machine.process.pid, device.process.pid]
            folder = device.folder.name
        self.assertEqual([pid for pid in pids if is_running(pid)], [])
        self.assertFalse(os.path.exists(folder))

    def test_a_guest_that_does_not_come_up_is_told_in_time(self):
        with tempfile.NamedTemporaryFile() as empty:
            kernel, _ = rig.image.make(rig.CACHE, rig.PROGRAMS)
            with self.assertRaisesRegex(guest.Failure, "the guest's console"):
                guest.Guest(None, kernel, empty.name, boot_s=20)

    def test_nothing_outlives_a_harness_that_is_killed(self):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, os.path.dirname(__file__)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process:
            *pids, folder = process.stdout.readline().split()
            self.addCleanup(shutil.rmtree, folder)
            self.assertEqual(len(pids), 2)
            watched = [os.pidfd_open(int(pid)) for pid in pids]
            process.send_signal(signal.SIGKILL)
            process.wait(20)
        for number in watched:
            self.assertEqual(guest.ended(number, 20), True)
            os.close(number)

    def test_a_machine_without_a_fit_qemu_is_told(self):
        with mock.patch.object(guest, "QEMU", "no-such-qemu"):
            with self.assertRaisesRegex(guest.Missing, "-Dvm=disabled"):
                guest.check_qemu()
        with tempfile.TemporaryDirectory() as folder:
            old = pathlib.Path(folder, "qemu")
            old.write_text("#!/bin/sh\necho 'QEMU emulator version 7.2.1'\n", encoding="utf-8")
            old.chmod(0o755)
            with mock.patch.object(guest, "QEMU", str(old)):
                with self.assertRaisesRegex(guest.Missing, "no QEMU 8 or later"):
                    guest.check_qemu()


if __name__ == "__main__":
    unittest.main()
