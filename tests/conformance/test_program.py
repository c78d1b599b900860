#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command line of vitrine-conform, its exit codes and its report.

usage: test_program.py VITRINE-CONFORM UMD HOST CERTIFICATES VITRINE-GPU ENDING-UMD
"""

import html.parser
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, UMD, HOST, CERTIFICATES, DEVICE, ENDING = (
    sys.argv[1:7] if len(sys.argv) > 6 else [None] * 6
)
del sys.argv[1:7]

KEPT, BROKEN, USAGE, NO_START = range(4)


def run(*arguments, given=True, **variables):
    libraries = ["--umd", UMD, "--host", HOST] if given else []
    return subprocess.run(
        [PROGRAM, *libraries, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        env={**os.environ, **variables},
    )


def without_leaks():
    """For runs in which tests fail: a failed assertion leaves what its test held."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return {"ASAN_OPTIONS": f"{options}:detect_leaks=0".lstrip(":")}


class Page(html.parser.HTMLParser):
    """Counts elements, and collects what a reader sees."""

    EMPTY = {"meta", "col"}

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.text = [], {}, ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing")

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


class CommandLine(unittest.TestCase):
    def test_wrong_usage_is_one_line_and_exit_2(self):
        for arguments in (
            ["--umd"],
            ["--custody", "nobody"],
            ["--link", "tcp:1"],
            ["--link", "vhost:/tmp/x"],
            ["--link", "drm:,card=/dev/dri/card0"],
            ["--link", "drm:", "--root", "root.der"],
            ["--link", "drm"],
            ["--key", "file:x"],
            ["--report="],
            ["--open-limit", "0"],
            ["--filter", "iv/*", "--filter=map/*"],
            ["--filter", "iv/*", "--filt=map/*"],
            ["--json"],
            ["iv/*"],
            ["--jobs", "1", "iv/*"],
            ["--list", "iv/*"],
            ["--open-limit=1h"],
        ):
            with self.subTest(arguments=arguments):
                result = run(*arguments, given=False)
                self.assertEqual(result.returncode, USAGE)
                self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
                self.assertTrue(result.stderr.startswith("vitrine-conform: "))

    def test_selecting_nothing_is_exit_2(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run("--filter", "nosuch/*", "--report", f"{folder}/report")
            self.assertEqual(result.returncode, USAGE)
            self.assertIn("vitrine-conform: --filter: selects no rule", result.stderr)
            self.assertEqual(list(pathlib.Path(folder, "report").glob("*")), [])

    def test_an_option_that_nobody_knows_is_exit_2(self):
        self.assertEqual(run("--nonsense").returncode, USAGE)

    def test_what_cannot_be_opened_is_exit_3(self):
        for arguments in (
            ["--umd", "/nonexistent.so", "--host", HOST],
            ["--umd", UMD, "--host", "/nonexistent.so"],
            ["--umd", HOST, "--host", HOST],
            ["--link", "vhost:", "--device", "/nonexistent"],
        ):
            with self.subTest(arguments=arguments):
                result = run(*arguments, given=False)
                self.assertEqual(result.returncode, NO_START)
                self.assertNotEqual(result.stderr, "")

    def test_help_and_version_are_exit_0(self):
        calls = (("--help", "--report"), ("-h", "--umd"), ("--version", "conform"), ("-v", "."))
        for option, text in calls:
            result = run(option, given=False)
            self.assertEqual(result.returncode, KEPT)
            self.assertIn(text, result.stdout)

    def test_list_names_every_rule_in_both_forms(self):
        rules = json.loads(run("--list", "--json", given=False).stdout)
        text = run("--list", given=False).stdout
        self.assertGreater(len(rules), 100)
        for rule in rules:
            self.assertIn(f"{rule['group']}/{rule['test']} ({' '.join(rule['ids'])})", text)

    def test_criterion_gets_the_rest(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run(f"--tap={folder}/tap", "--filter", "caps/say_*", "--jobs=1")
            self.assertEqual(result.returncode, KEPT, result.stderr)
            tap = pathlib.Path(folder, "tap").read_text(encoding="utf-8")
            self.assertIn("ok - caps::say_software_or_hardware", tap)

    def test_nothing_is_left_behind(self):
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            result = subprocess.run(
                [PROGRAM, "--umd", UMD, "--host", HOST, "--filter", "caps/say_*"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False,
                env={**os.environ, "TMPDIR": folder},
            )
            self.assertEqual(result.returncode, KEPT)
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])


class CleaningUp(unittest.TestCase):
    """However a run ends, the private key made for it is gone, and so are its processes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir="/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def expect_clean(self):
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_after_a_bad_pattern(self):
        self.assertNotEqual(run("--filter", "[", TMPDIR=str(self.folder)).returncode, KEPT)
        self.expect_clean()

    def test_after_the_first_failure(self):
        result = run(
            "--umd", ENDING, "--host", HOST, "--filter", "session/*", "--fail-fast", given=False,
            ENDING_UMD_OF=UMD, ENDING_UMD_AT="create-exits", TMPDIR=str(self.folder),
            **without_leaks(),
        )
        self.assertEqual(result.returncode, BROKEN)
        self.expect_clean()

    def read(self, pipe):
        """What comes through the pipe next; b"" when nobody has its other end any more."""
        ready, _, _ = select.select([pipe], [], [], 30)
        self.assertTrue(ready, "nothing comes")
        return os.read(pipe, 64)

    def end_by(self, number):
        """A signal while tests run. They hold the pipe open, so its end says that they are gone."""
        with tempfile.TemporaryDirectory() as other:
            path = f"{other}/pipe"
            os.mkfifo(path)
            pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            self.addCleanup(os.close, pipe)
            with subprocess.Popen(
                [PROGRAM, "--umd", ENDING, "--host", HOST, "--filter", "session/*", "--jobs=2"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={**os.environ, "TMPDIR": str(self.folder), "ENDING_UMD_OF": UMD,
                     "ENDING_UMD_AT": "create-hangs", "ENDING_UMD_TELLS": path},
            ) as program:
                try:
                    self.assertIn(b"c", self.read(pipe))
                    program.send_signal(number)
                    self.assertEqual(program.wait(30), -number)
                finally:
                    program.kill()
            while self.read(pipe):
                pass
        self.expect_clean()

    def test_after_a_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number=number):
                self.end_by(number)


class EndingDriver(unittest.TestCase):
    """A driver that ends the process, as if all were well."""

    def run_with(self, place, *arguments):
        return run(
            "--umd", ENDING, "--host", HOST, *arguments, given=False,
            ENDING_UMD_OF=UMD, ENDING_UMD_AT=place, **without_leaks(),
        )

    def test_keeps_no_rule(self):
        with tempfile.TemporaryDirectory() as folder:
            result = self.run_with(
                "create-exits", "--report", folder, "--filter", "@(session|versions)/*",
                f"--tap={folder}/tap",
            )
            report = json.loads(pathlib.Path(folder, "report.json").read_text(encoding="utf-8"))
            tap = pathlib.Path(folder, "tap").read_text(encoding="utf-8")
        rules = [rule for rule in report["rules"] if rule["result"] != "not selected"]
        broken = [rule for rule in rules if rule["group"] == "session"]
        self.assertEqual(result.returncode, BROKEN)
        self.assertGreater(len(broken), 10)
        self.assertNotIn("\nok - session::", tap)
        for rule in broken:
            evidence = [proof["message"] for proof in rule["evidence"]]
            self.assertEqual(evidence, ["the process ended before the test did"])
        self.assertIn("kept", [r["result"] for r in rules if r["group"] == "versions"])

    def test_choices_of_the_suite_break_no_published_rule(self):
        for options, code in (([], KEPT), (["--strict"], BROKEN)):
            with self.subTest(options=options), tempfile.TemporaryDirectory() as folder:
                result = self.run_with(
                    "create-exits", "--report", folder, "--filter", "session/null_*", *options
                )
                self.assertEqual(result.returncode, code)
                data = pathlib.Path(folder, "report.json").read_text(encoding="utf-8")
                page = pathlib.Path(folder, "report.html").read_text(encoding="utf-8")
                report, page = json.loads(data), Page(page)
                self.assertEqual(report["summary"]["broken"], 0)
                self.assertEqual(report["summary"]["not followed"], 1)
                rule = next(r for r in report["rules"] if r["result"] == "not followed")
                self.assertEqual(rule["choices"], ["CP-2.5-30"])
                self.assertEqual(len(rule["evidence"]), 1)
                self.assertIn("No published rule tested is broken.", page.text)
                self.assertIn(
                    "Not followed: 1; each is a choice of this suite where publications are silent.",
                    page.text,
                )

    def test_that_ends_when_opened_is_exit_3(self):
        result = self.run_with("open-exits", "--filter", "session/*")
        self.assertEqual(result.returncode, NO_START)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)

    def test_that_hangs_when_opened_is_exit_3(self):
        result = self.run_with("open-hangs", "--open-limit=1", "--filter", "session/*")
        self.assertEqual(result.returncode, NO_START)
        self.assertEqual(
            result.stderr, "vitrine-conform: the driver is not open after 1 s\n"
        )

    def test_works_where_it_does_not_end(self):
        result = self.run_with("nowhere", "--filter", "session/*")
        self.assertEqual(result.returncode, KEPT, result.stderr)


class RunningDevice(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(dir="/tmp")
        self.socket = pathlib.Path(self.folder.name, "gpu")
        self.device = subprocess.Popen(
            [DEVICE, "--socket-path", self.socket, "--certificate", f"{CERTIFICATES}/device.der",
             "--key", f"{CERTIFICATES}/device.key"],
            stderr=subprocess.DEVNULL,
        )
        for _ in range(3000):
            if self.socket.exists():
                return
            time.sleep(0.01)
        self.fail("vitrine-gpu does not listen")

    def tearDown(self):
        self.device.terminate()
        self.device.wait(30)
        self.folder.cleanup()

    def test_is_used_by_one_test_after_the_other(self):
        result = run(
            "--link", f"vhost:{self.socket}", "--custody", "device",
            "--root", f"{CERTIFICATES}/ca/root.der", "--filter", "@(caps|certificate|hostile)/*",
            "--jobs=2",
        )
        self.assertEqual(result.returncode, KEPT, result.stderr)
        self.assertIsNone(self.device.poll())


class Report(unittest.TestCase):
    def report(self, *arguments, **variables):
        with tempfile.TemporaryDirectory() as folder:
            result = run("--report", f"{folder}/report", "--jobs=1", *arguments, **variables)
            data = pathlib.Path(folder, "report/report.json").read_text(encoding="utf-8")
            page = pathlib.Path(folder, "report/report.html").read_text(encoding="utf-8")
        return result, json.loads(data), Page(page)

    def test_kept_rules(self):
        result, report, page = self.report("--filter", "caps/*")
        self.assertEqual(result.returncode, KEPT)
        self.assertEqual(report["summary"]["broken"], 0)
        self.assertGreater(report["summary"]["kept"], 10)
        self.assertGreater(report["summary"]["not selected"], 100)
        self.assertEqual(sum(report["summary"].values()), len(report["rules"]))
        self.assertEqual(report["run"]["umd"], UMD)
        self.assertIn(f"All {report['summary']['kept']} rules tested are kept.", page.text)
        self.assertNotIn("script", page.seen)
        self.assertEqual(page.open, [])

    def test_broken_rules_come_with_their_evidence(self):
        """A root that did not sign the device breaks the rules of both certificates, and no other."""
        result, report, page = self.report(
            "--certificate", f"{CERTIFICATES}/driver.der", "--key", f"{CERTIFICATES}/driver.key",
            "--root", f"{CERTIFICATES}/other/root.der", "--filter", "certificate/*",
            **without_leaks(),
        )
        broken = [rule for rule in report["rules"] if rule["result"] == "broken"]
        self.assertEqual(result.returncode, BROKEN)
        self.assertEqual(
            [rule["test"] for rule in broken],
            ["leads_to_the_root", "of_a_channel_leads_to_the_same_root"])
        self.assertIn("does not verify", broken[0]["evidence"][0]["message"])
        self.assertIn("does not verify", page.text)

    def test_where_the_key_is(self):
        for custody, text in (
            ("driver", "the driver's side, in the player's process"),
            ("device", "the device's side, but in the player's process"),
        ):
            _, _, page = self.report("--filter", "caps/say_*", "--custody", custody)
            self.assertIn(text, page.text)

    def test_a_folder_that_cannot_be_made_is_exit_3(self):
        result = run("--report", "/proc/nothing", "--filter", "caps/say_*")
        self.assertEqual(result.returncode, NO_START)
        self.assertIn("/proc/nothing", result.stderr)
        self.assertNotIn("Synthesis", result.stdout + result.stderr)  # before the tests, not after

    def test_a_file_that_cannot_be_written_leaves_no_half(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "report.html").mkdir()
            result = run("--report", folder, "--filter", "caps/say_*")
            self.assertEqual(result.returncode, NO_START)
            self.assertIn("report.html", result.stderr)
            names = {path.name for path in pathlib.Path(folder).iterdir()}
            self.assertEqual(names, {"report.html", "report.json"})

    def test_names_need_not_be_utf_8(self):
        with tempfile.TemporaryDirectory() as folder:
            name = os.fsencode(folder) + b"/\xff.so"
            os.symlink(os.fsencode(UMD), name)
            result = run(
                "--umd", name, "--host", HOST, "--report", folder, "--filter", "caps/say_*",
                given=False,
            )
            self.assertEqual(result.returncode, KEPT, result.stderr)
            data = pathlib.Path(folder, "report.json").read_text(encoding="utf-8")
            self.assertEqual(json.loads(data)["run"]["umd"], f"{folder}/\\xff.so")


if __name__ == "__main__":
    unittest.main()
