#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vitrine opm, with the device in its process.

usage: test_tool.py VITRINE CERTIFICATES
"""

import json
import subprocess
import sys
import unittest

CERTIFICATES, VITRINE = (sys.argv.pop(), sys.argv.pop()) if len(sys.argv) == 3 else ("", "")


def run(*words, custody="driver", root="ca/root.der"):
    command = [VITRINE, "opm", "--certificate", f"{CERTIFICATES}/{custody}.der"]
    command += ["--key", f"{CERTIFICATES}/{custody}.key", "--root", f"{CERTIFICATES}/{root}"]
    return subprocess.run(command + list(words), capture_output=True, text=True, timeout=60, check=False)


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
            self.assertEqual(answers["dvi"], {"refused": "0xc026251d"})
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
        self.assertIn("0xc0262521", done.stderr)
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
