#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Questions on the terminal, asked through a pseudo-terminal.

usage: test_ncrypt_terminal.py NCRYPT_ASK FAKE_KSP
"""

import fcntl
import json
import os
import pathlib
import pty
import select
import signal
import sys
import tempfile
import termios
import time
import unittest

ASK, FAKE = (os.path.abspath(path) for path in sys.argv[1:3])
del sys.argv[1:3]

CONFIRM, PASSPHRASE, NEW_PASSPHRASE, PIN = "1", "2", "3", "4"
QUESTION = b"Passphrase of the key, to sign: "
AGAIN = b"The same again: "
CONFIRMATION = b"Allow it to sign? (yes/no) "
SECONDS = 30


class Session:
    """A shell-like leader with a controlling terminal, and the program in its foreground group."""

    def __init__(self, *arguments, terminal=True, raw=False):
        self.folder = tempfile.TemporaryDirectory()
        manifest = {"providers": ["Fake"], "library": FAKE}
        (pathlib.Path(self.folder.name) / "fake.json").write_text(json.dumps(manifest))
        self.master, self.slave = pty.openpty()
        if raw:
            mode = termios.tcgetattr(self.slave)
            mode[0] &= ~termios.ICRNL
            mode[3] &= ~(termios.ICANON | termios.ISIG | termios.ECHO)
            termios.tcsetattr(self.slave, termios.TCSANOW, mode)
        self.before = termios.tcgetattr(self.slave)
        self.out, out = os.pipe()
        self.events, events = os.pipe()
        start, self.start = os.pipe()
        self.leader = os.fork()
        if self.leader == 0:
            os.close(self.start)
            try:
                self.lead(arguments, terminal, start, out, events)
            finally:
                os._exit(99)
        for fd in (out, events, start):
            os.close(fd)
        self.seen = b""
        self.unread = {}
        self.program = int(self.event().split()[1])

    def lead(self, arguments, terminal, start, out, events):
        os.setsid()
        if terminal:
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        os.close(self.master)
        for number in (signal.SIGTTOU, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        program = os.fork()
        if program == 0:
            os.setpgid(0, 0)
            if terminal:
                os.tcsetpgrp(self.slave, os.getpid())
            for number in (signal.SIGTTOU, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(start, 0)
            os.dup2(out, 1)
            os.environ["VITRINE_KEY_STORAGE_PROVIDERS"] = self.folder.name
            os.execv(ASK, [ASK, *arguments])
        os.close(out)
        os.write(events, f"program {program}\n".encode())
        while True:
            _, how = os.waitpid(program, os.WUNTRACED)
            if os.WIFSTOPPED(how):
                os.write(events, b"stopped\n")
                continue
            end = f"signal {os.WTERMSIG(how)}" if os.WIFSIGNALED(how) else f"exit {how >> 8}"
            os.write(events, f"{end}\n".encode())
            os._exit(0)

    def read(self, fd, until):
        """What comes up to and with the text; None: all up to the end."""
        got = self.unread.pop(fd, b"")
        deadline = time.monotonic() + SECONDS
        while until is None or until not in got:
            watched = [fd, self.events] if fd == self.master else [fd]
            ready, _, _ = select.select(watched, [], [], max(0, deadline - time.monotonic()))
            if fd not in ready:
                raise AssertionError(f"{until!r} did not come, only {got!r}")
            try:
                more = os.read(fd, 4096)
            except OSError:
                more = b""
            if not more:
                return got
            got += more
        end = len(got) if until is None else got.index(until) + len(until)
        self.unread[fd] = got[end:]
        return got[:end]

    def event(self):
        return self.read(self.events, b"\n").decode().strip()

    def expect(self, text):
        got = self.read(self.master, text)
        self.seen += got
        if text not in got:
            raise AssertionError(f"{text!r} did not come, only {got!r}")
        return got

    def type(self, text):
        os.write(self.master, text)

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def untouched(self):
        return termios.tcgetattr(self.slave) == self.before

    def answers(self):
        return self.read(self.out, None).decode().splitlines()

    def close(self):
        """All that the terminal has shown."""
        os.waitpid(self.leader, 0)
        self.seen += self.unread.pop(self.master, b"")
        while select.select([self.master], [], [], 0)[0]:
            try:
                self.seen += os.read(self.master, 4096)
            except OSError:
                break
        for fd in (self.master, self.slave, self.out, self.events, self.start):
            os.close(fd)
        self.folder.cleanup()
        return self.seen


class Terminal(unittest.TestCase):
    def open(self, *arguments, **options):
        session = Session(*arguments, **options)
        self.addCleanup(self.kill, session)
        return session

    @staticmethod
    def kill(session):
        try:
            os.kill(session.program, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def finish(self, session, *answers, end="exit 0", ordered=True):
        """Threads tell their answers in any order; these are sorted."""
        told = session.answers()
        self.assertEqual(told if ordered else sorted(told), list(answers))
        self.assertEqual(session.event(), end)
        self.assertTrue(session.untouched())
        return session.close()

    def confirm(self, answer):
        session = self.open(CONFIRM)
        session.expect(CONFIRMATION)
        session.type(answer)
        return session

    def test_yes_is_a_yes(self):
        for answer in (b"yes\n", b"y\n"):
            seen = self.finish(self.confirm(answer), "1 ")
            self.assertIn(answer.strip(), seen.split(CONFIRMATION)[1])

    def test_everything_else_is_a_no(self):
        for answer in (b"no\n", b"\n", b"Yes\n", b"yess\n", b"yes please\n", b"\x04"):
            with self.subTest(answer=answer):
                self.finish(self.confirm(answer), "-1 ")

    def test_a_secret_is_not_shown(self):
        for kind in (PASSPHRASE, PIN):
            session = self.open(kind)
            session.expect(b": ")
            self.assertFalse(session.echoes())
            session.type(b"s3cret w\xc3\xb6rd\n")
            seen = self.finish(session, "12 s3cret wörd")
            self.assertNotIn(b"s3cret", seen)

    def test_nothing_and_the_end_of_input(self):
        session = self.open(PASSPHRASE, PASSPHRASE)
        session.expect(QUESTION)
        session.type(b"\n")
        session.expect(QUESTION)
        session.type(b"\x04")
        self.finish(session, "0 ", "-1 ")

    def test_a_secret_has_room_to_the_last_byte(self):
        session = self.open(PASSPHRASE, PASSPHRASE)
        session.expect(QUESTION)
        session.type(b"0123456789abcdef\n")
        session.expect(QUESTION)
        session.type(b"0123456789abcdefg\n")
        self.finish(session, "16 0123456789abcdef", "-1 ")

    def test_a_new_secret_is_typed_twice(self):
        session = self.open(NEW_PASSPHRASE)
        session.expect(b"New passphrase of the key, to sign: ")
        for first, second in ((b"one", b"two"), (b"one", b"on"), (b"one", b"one")):
            session.type(first + b"\n")
            session.expect(AGAIN)
            self.assertFalse(session.echoes())
            session.type(second + b"\n")
            if first != second:
                session.expect(b"That was something else.")
                session.expect(b"sign: ")
        self.finish(session, "3 one")

    def test_a_new_secret_is_given_up_after_three_times(self):
        session = self.open(NEW_PASSPHRASE)
        for _ in range(3):
            session.expect(b"to sign: ")
            session.type(b"one\n")
            session.expect(AGAIN)
            session.type(b"one1\n")
        self.finish(session, "-1 ")

    def test_names_cannot_command_the_terminal(self):
        session = self.confirm(b"no\n")
        seen = self.finish(session, "-1 ")
        shown = seen.decode().replace("\r\n", "\n").splitlines()
        self.assertEqual(shown[:4], ["Title", "Fake? ?[2J", 'Key "kéy 🔑" (friend)', "About?it"])
        self.assertNotIn(b"\x1b", seen)

    def test_what_was_typed_before_is_no_answer(self):
        session = self.open("--wait", CONFIRM)
        session.type(b"yes\n")
        session.expect(b"yes")
        os.write(session.start, b"\n")
        session.expect(CONFIRMATION)
        session.type(b"no\n")
        self.finish(session, "-1 ")

    def test_the_terminal_is_as_it_was_after_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM, signal.SIGUSR1):
            session = self.open(PASSPHRASE)
            session.expect(QUESTION)
            session.type(b"half")
            os.kill(session.program, number)
            self.finish(session, end=f"signal {int(number)}")

    def test_the_keyboard_interrupts(self):
        for keys, number in ((b"\x03", signal.SIGINT), (b"\x1c", signal.SIGQUIT)):
            session = self.open(PASSPHRASE)
            session.expect(QUESTION)
            session.type(b"half" + keys)
            self.finish(session, end=f"signal {int(number)}")

    def test_a_stopped_program_asks_again(self):
        session = self.open(PASSPHRASE)
        session.expect(QUESTION)
        session.type(b"half\x1a")
        self.assertEqual(session.event(), "stopped")
        self.assertTrue(session.untouched())
        os.kill(session.program, signal.SIGCONT)
        session.expect(QUESTION)
        self.assertFalse(session.echoes())
        session.type(b"whole\n")
        self.finish(session, "5 whole")

    def test_a_signal_that_the_program_handles_is_its_own(self):
        session = self.open("--own-term", PASSPHRASE)
        session.expect(QUESTION)
        os.kill(session.program, signal.SIGTERM)
        session.type(b"word\n")
        self.finish(session, "4 word", "terminated")

    def test_without_a_terminal_there_is_nobody(self):
        session = self.open(PASSPHRASE, CONFIRM, terminal=False)
        self.finish(session, "-2 ", "-2 ")

    def test_a_terminal_that_hangs_up_leaves_nobody_or_a_no(self):
        session = self.open("--own-term", PASSPHRASE)
        session.expect(QUESTION)
        os.close(session.slave)
        os.close(session.master)
        self.assertIn(session.event(), (f"signal {int(signal.SIGHUP)}", "exit 0"))
        session.master, session.slave = pty.openpty()
        session.close()

    def test_a_raw_terminal_is_asked_by_lines_and_stays_raw(self):
        session = self.open(CONFIRM, PASSPHRASE, raw=True)
        session.expect(CONFIRMATION)
        self.assertTrue(session.echoes())
        session.type(b"yes\r")
        session.expect(QUESTION)
        session.type(b"word\r")
        self.finish(session, "1 ", "4 word")

    def test_threads_ask_one_after_the_other(self):
        session = self.open("--threads", PASSPHRASE, PASSPHRASE, PASSPHRASE)
        for word in (b"one", b"two", b"six"):
            got = session.expect(QUESTION)
            self.assertEqual(got.count(QUESTION), 1)
            session.type(word + b"\n")
        self.finish(session, "3 one", "3 six", "3 two", ordered=False)


if __name__ == "__main__":
    unittest.main()
