#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vitrine opm, with the device in its process and with one that ends.

usage: test_tool.py VITRINE CERTIFICATES DEVICE
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

VITRINE, CERTIFICATES, GPU = sys.argv[1:4] if len(sys.argv) > 3 else ("", "", "")
del sys.argv[1:4]
LIMIT_S = 30


def run(*words, custody="driver", root="ca/root.der"):
    command = [VITRINE, "opm", "--certificate", f"{CERTIFICATES}/{custody}.der"]
    command += ["--key", f"{CERTIFICATES}/{custody}.key", "--root", f"{CERTIFICATES}/{root}"]
    return subprocess.run(command + list(words), capture_output=True, text=True, timeout=60, check=False)


class Device:
    """A device in a process of its own."""

    def __init__(self, folder):
        self.socket, self.control = pathlib.Path(folder, "gpu"), pathlib.Path(folder, "control")
        self.process = subprocess.Popen(
            [GPU, "--socket-path", self.socket, "--control-socket", self.control, "--seccomp=none",
             "--certificate", f"{CERTIFICATES}/driver.der"], stderr=subprocess.DEVNULL)
        end = time.monotonic() + LIMIT_S
        while not self.socket.exists() and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)

    def monitor(self, *words):
        subprocess.run([VITRINE, "monitor", "--control-socket", self.control, *words], check=True,
                       timeout=LIMIT_S)

    def opm(self, *words):
        return subprocess.Popen(
            [VITRINE, "opm", "--link", f"vhost:{self.socket}", "--key",
             f"{CERTIFICATES}/driver.key", "--root", f"{CERTIFICATES}/ca/root.der", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self):
        self.process.kill()
        self.process.wait(LIMIT_S)


class OtherProcess(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vitrine-opm-")
        self.addCleanup(folder.cleanup)
        self.device = Device(folder.name)
        self.addCleanup(self.device.end)

    def ends_with_the_device(self, *words):
        with self.device.opm(*words, "--json", "--interval", "10", "--seconds", "20") as tool:
            self.assertIn("actual-level", json.loads(tool.stdout.readline()))
            self.device.end()
            out, errors = tool.communicate(timeout=LIMIT_S)
            self.assertEqual((tool.returncode, out), (3, ""))
            self.assertEqual(errors, "vitrine opm: the device is gone\n")

    def test_watch_ends_with_the_device(self):
        self.ends_with_the_device("watch")

    def test_set_ends_with_the_device(self):
        self.ends_with_the_device("set", "hdcp", "on")

    def test_what_is_not_in_force_is_no_success(self):
        for receiver, level, code in (("no-hdcp", "on", 1), ("no-hdcp", "off", 0), ("hdcp", "on", 0)):
            with self.subTest(receiver=receiver, level=level):
                self.device.monitor(receiver)
                with self.device.opm("set", "hdcp", level, "--seconds", "0") as tool:
                    _, errors = tool.communicate(timeout=LIMIT_S)
                    self.assertEqual(tool.returncode, code)
                    self.assertEqual("it is not on at the end" in errors, code == 1)


class Tool(unittest.TestCase):
    def read(self, *words, **arguments):
        done = run("--json", *words, **arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_lists_the_outputs(self):
        outputs = json.loads(self.read("list"))
        self.assertEqual(len(outputs), 1)
        self.assertEqual(outputs[0]["output"], 0)
        self.assertEqual(outputs[0]["connector"], "hdmi")
        self.assertEqual(outputs[0]["types"], ["hdcp"])
        self.assertRegex(outputs[0]["output-id"], "^0x[0-9a-f]{16}$")

    def test_answers_each_request(self):
        for custody in ("driver", "device"):
            answers = json.loads(self.read("get", custody=custody))
            self.assertEqual(answers["virtual-level"], {"hdcp": "off"})
            self.assertEqual(answers["actual-level"], {"hdcp": "off"})
            self.assertEqual(answers["dvi"], {"refused": "0xc026251d", "name": "OPM_INVALID_INFORMATION_REQUEST"})
            self.assertEqual(answers["srm-version"], "never set")
            self.assertEqual(answers["bus"], "other")
            self.assertEqual(answers["status"], [])
            self.assertEqual(set(answers["format"]), {"width", "height", "hertz"})

    def test_answers_what_it_is_asked(self):
        self.assertEqual(set(json.loads(self.read("get", "bus"))), {"bus", "status"})
        done = run("get", "connector")
        self.assertEqual(done.stdout.split(), ["connector", "hdmi", "status", "none"])

    def test_commands_and_watches(self):
        lines = self.read("set", "hdcp", "on", "--seconds", "0").splitlines()
        self.assertEqual(json.loads(lines[-1])["actual-level"], {"hdcp": "on"})
        lines = self.read("watch", "--seconds", "0").splitlines()
        self.assertEqual(json.loads(lines[-1])["actual-level"], {"hdcp": "off"})

    def test_says_what_is_refused(self):
        done = run("set", "dpcp", "on", "--seconds", "0")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("0xc0262521 OPM_INVALID_CONFIGURATION_REQUEST", done.stderr)
        done = run("--output", "9", "get")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("no such output", done.stderr)

    def test_trusts_no_other_device(self):
        done = run("get", custody="other-driver")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("not trusted", done.stderr)

    def test_refuses_wrong_words(self):
        for words in ((), ("look",), ("get", "nothing"), ("set", "hdcp"), ("set", "acp", "on"),
                      ("set", "hdcp", "2"), ("list", "x"), ("--interval", "2001", "watch"),
                      ("--interval", "0", "watch"), ("--seconds", "-1", "watch"),
                      ("--output", "16", "get")):
            with self.subTest(words=words):
                done = run(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))


if __name__ == "__main__":
    unittest.main()
