#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vitrine vm: QEMU and the device begin and end together."""

import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import rig

QEMU = ["-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot"]


def folders():
    return {path.name for path in pathlib.Path("/tmp").glob("vitrine-vm-??????")}


def command(*more, certificate=None):
    certificate = certificate or rig.CERTIFICATES / "device.der"
    return [rig.COMMAND, "vm", "--certificate", str(certificate), "--key",
            str(rig.CERTIFICATES / "device.key"), "--accel", "tcg", "-m", "256M", "--gpu", rig.GPU,
            "--qemu", rig.guest.QEMU, *more]


def boot_options():
    kernel, initramfs = rig.image.make(rig.CACHE, rig.PROGRAMS)
    return [*QEMU, "-kernel", str(kernel), "-initrd", str(initramfs), "-append",
            "console=ttyS0 loglevel=7 panic=-1"]


class Command(unittest.TestCase):
    def setUp(self):
        rig.guest.check_qemu()

    def test_a_guest_finds_the_gpu_and_all_ends_with_it(self):
        before = folders()
        done = subprocess.run(
            command("--", *boot_options()), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=90, check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Initialized virtio_gpu", done.stdout)
        self.assertEqual(folders() - before, set())

    def test_a_signal_ends_both(self):
        before = folders()
        with subprocess.Popen(
            command("--", *boot_options()), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        ) as process:
            self.assertTrue(process.stdout.readline())
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
            pids = [int(word) for word in children.read_text(encoding="ascii").split()]
            watched = [os.pidfd_open(pid) for pid in pids]
            self.assertEqual(len(pids), 2)
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        for number in watched:
            self.assertTrue(rig.guest.ended(number, 0))
            os.close(number)
        self.assertEqual(folders() - before, set())

    def test_failures_are_told(self):
        before = folders()
        with tempfile.NamedTemporaryFile() as empty:
            for words, text in (
                (command(certificate="/nowhere"), "/nowhere: No such file"),
                (command(certificate=empty.name), "does not start"),
                (command("--qemu", "no-such-qemu"), "no-such-qemu"),
                (command("--", "--no-such-option"), "failed"),
            ):
                with self.subTest(text=text):
                    done = subprocess.run(
                        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
                    )
                    self.assertIn(done.returncode, (2, 3))
                    self.assertIn(text, done.stdout)
        self.assertEqual(folders() - before, set())

    def test_a_user_without_certificates_is_told(self):
        with tempfile.TemporaryDirectory() as empty:
            done = subprocess.run(
                [rig.COMMAND, "vm"], env={"XDG_DATA_HOME": empty}, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
            )
        self.assertEqual(done.returncode, 2)
        self.assertIn("no device certificate", done.stdout)

    def test_a_machine_without_kvm_is_told_what_does_without(self):
        done = subprocess.run(
            command("--accel", "kvm", "--gpu", "no-such-gpu"), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
        )
        self.assertEqual(done.returncode, 3)
        kvm = os.access("/dev/kvm", os.R_OK | os.W_OK)
        self.assertEqual("--accel tcg" in done.stdout, not kvm)


if __name__ == "__main__":
    unittest.main()
