# SPDX-License-Identifier: MIT
"""What the comparing tests of agreements share: the tool, and blobs of numbers."""

import struct
import subprocess

MAGICS = {  # algorithm: public, private
    "ECDH_P256": (0x314B4345, 0x324B4345),
    "ECDH_P384": (0x334B4345, 0x344B4345),
    "ECDH_P521": (0x354B4345, 0x364B4345),
    "ECDH": (0x504B4345, 0x564B4345),
    "DH": (0x42504844, 0x56504844),
}


class Tool:
    """A running agreement tool; one question, one answer."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        """The answer: bytes, or (where it ended, status)."""
        self.process.stdin.write(" ".join(str(w) for w in words) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            raise RuntimeError("the tool is gone")
        if answer[0] == "ok":
            return bytes.fromhex(answer[1] if len(answer) > 1 else "")
        return answer[0], int(answer[1], 16) if len(answer) > 1 else None

    def close(self):
        """Its exit status."""
        self.process.stdin.close()
        return self.process.wait(60)


def hexed(data):
    """As the tool wants it."""
    return data.hex() or "-"


def wide(text):
    """A string as CNG has it."""
    return (text + "\0").encode("utf-16-le")


def blob(algorithm, private, width, *numbers):
    """Header and numbers, each an integer or bytes as they are."""
    magic = MAGICS[algorithm.split(":")[0]][private]
    return struct.pack("<II", magic, width) + b"".join(
        n if isinstance(n, bytes) else n.to_bytes(width, "big") for n in numbers)


class Checks:
    """Counts what held and tells what did not."""

    def __init__(self):
        self.held = 0
        self.failures = []

    def equal(self, got, expected, what):
        """One comparison."""
        if got == expected:
            self.held += 1
        else:
            self.failures.append(f"{what}: {got!r}, not {expected!r}")

    def true(self, holds, what):
        """One condition."""
        self.equal(bool(holds), True, what)

    def end(self, at_least):
        """Exit status; so many checks must have been made at least."""
        for failure in self.failures[:20]:
            print(failure)
        print(f"{self.held} hold, {len(self.failures)} do not")
        return 1 if self.failures or self.held < at_least else 0
