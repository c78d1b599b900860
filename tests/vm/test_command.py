#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vitrine vm: QEMU and the device begin and end together."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import rig

QEMU = ["-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot"]

# The device, which leaves word of its socket and of its other options.
NOTING = f"""#!/bin/sh
[ "$1" = --socket-path ] && echo "$2" >>"${{0%/*}}/sockets" && echo "$*" >"${{0%/*}}/words"
exec "{rig.GPU}" "$@"
"""


def command(*more, certificate=None, gpu=rig.GPU):
    certificate = certificate or rig.CERTIFICATES / "device.der"
    return [rig.COMMAND, "vm", "--certificate", str(certificate), "--key",
            str(rig.CERTIFICATES / "device.key"), "--accel", "tcg", "-m", "256M",
            "--gpu", str(gpu), "--qemu", rig.guest.QEMU, *more]


def boot_options():
    kernel, initramfs = rig.image.make(rig.CACHE, rig.PROGRAMS)
    return [*QEMU, "-kernel", str(kernel), "-initrd", str(initramfs), "-append",
            "console=ttyS0 loglevel=7 panic=-1"]


def end(number):
    """Whatever became of it."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(number, signal.SIGKILL)
    os.close(number)


class Command(unittest.TestCase):
    def setUp(self):
        rig.guest.check_qemu()
        folder = tempfile.TemporaryDirectory(prefix="vitrine-vm-")
        self.addCleanup(folder.cleanup)
        self.gpu = pathlib.Path(folder.name, "gpu")
        self.gpu.write_text(NOTING, encoding="utf-8")
        self.gpu.chmod(0o755)

    def check_nothing_is_left(self, runs):
        """The folders of devices that were started are gone."""
        sockets = (self.gpu.parent / "sockets").read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(sockets), runs)
        for socket in sockets:
            self.assertRegex(socket, "^/tmp/vitrine-vm-")
            self.assertFalse(pathlib.Path(socket).parent.exists(), socket)

    def start(self, *more):
        """The command with a guest that says something, and pidfds of what it runs."""
        process = subprocess.Popen(
            command(*more, "--", *boot_options(), gpu=self.gpu), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(rig.guest.end, process)
        self.assertTrue(process.stdout.readline())
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        watched = [os.pidfd_open(int(pid)) for pid in children.read_text(encoding="ascii").split()]
        for number in watched:
            self.addCleanup(end, number)
        self.assertEqual(len(watched), 2)
        return process, watched

    def test_a_guest_finds_the_gpu_and_all_ends_with_it(self):
        done = subprocess.run(
            command("--", *boot_options(), gpu=self.gpu), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=90, check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Initialized virtio_gpu", done.stdout)
        self.check_nothing_is_left(1)

    def test_a_signal_ends_both(self):
        process, watched = self.start()
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        for number in watched:
            self.assertTrue(rig.guest.ended(number, 0))
        self.check_nothing_is_left(1)

    def test_its_monitors_are_at_hand(self):
        socket = self.gpu.parent / "control"
        process, _ = self.start("--control-socket", str(socket), "--require-hdcp")
        done = subprocess.run([rig.COMMAND, "monitor", "--control-socket", socket, "--json", "show"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              timeout=30, check=True)
        self.assertTrue(json.loads(done.stdout)[0]["plugged"])
        words = (self.gpu.parent / "words").read_text(encoding="utf-8").split()
        self.assertIn("--require-hdcp", words)
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    def test_what_does_not_end_is_made_to(self):
        process, watched = self.start()
        for number in watched:
            signal.pidfd_send_signal(number, signal.SIGSTOP)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 3)
        for number in watched:
            self.assertTrue(rig.guest.ended(number, 0))
        self.check_nothing_is_left(1)

    def test_the_guest_has_as_much_memory_as_it_was_given(self):
        for size in ("256", "256M"):
            with self.subTest(size=size):
                done = subprocess.run(
                    command("-m", size, "--", "-S", "-nodefaults", "-no-user-config", "-display",
                            "none", "-monitor", "stdio"),
                    input="info memory_size_summary\nquit\n", stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
                )
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertIn(f"base memory: {256 << 20}", done.stdout)

    def test_failures_are_told(self):
        with tempfile.NamedTemporaryFile() as empty:
            for words, text in (
                (command(certificate="/nowhere"), "/nowhere: No such file"),
                (command(certificate=empty.name, gpu=self.gpu), "does not start"),
                (command("--qemu", "no-such-qemu", gpu=self.gpu), "no-such-qemu"),
                (command("--", "--no-such-option", gpu=self.gpu), "failed"),
            ):
                with self.subTest(text=text):
                    done = subprocess.run(
                        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
                    )
                    self.assertIn(done.returncode, (2, 3))
                    self.assertIn(text, done.stdout)
        self.check_nothing_is_left(3)

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
