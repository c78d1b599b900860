# SPDX-License-Identifier: MIT
"""What the comparing tests of agreements share: the tool, and blobs of numbers."""

import struct
import subprocess
import unittest

MAGICS = {  # algorithm: public, private
    "ECDH_P256": (0x314B4345, 0x324B4345),
    "ECDH_P384": (0x334B4345, 0x344B4345),
    "ECDH_P521": (0x354B4345, 0x364B4345),
    "ECDH": (0x504B4345, 0x564B4345),
    "DH": (0x42504844, 0x56504844),
}

BITS = {"ECDH_P256": 256, "ECDH_P384": 384, "ECDH_P521": 521}
CURVES = {  # algorithm: openssl's name
    "ECDH_P256": "prime256v1", "ECDH_P384": "secp384r1", "ECDH_P521": "secp521r1",
    "ECDH:nistP192": "prime192v1", "ECDH:nistP224": "secp224r1", "ECDH:nistP256": "prime256v1",
    **{f"ECDH:brainpoolP{bits}{kind}1": f"brainpoolP{bits}{kind}1"
       for bits in (160, 192, 224, 256, 320, 384, 512) for kind in "rt"},
    **{f"ECDH:secP{name}": f"secp{name}" for name in (
        "160k1", "160r1", "160r2", "192k1", "224k1", "224r1", "256k1", "384r1", "521r1")},
    "ECDH:wtls7": "wap-wsg-idm-ecid-wtls7", "ECDH:wtls9": "wap-wsg-idm-ecid-wtls9",
    "ECDH:wtls12": "wap-wsg-idm-ecid-wtls12",
    **{f"ECDH:x962P{bits}v{kind}": f"prime{bits}v{kind}" for bits in (192, 239) for kind in (1, 2, 3)},
}
TLS_GROUPS = {"prime256v1": 23, "secp384r1": 24, "secp521r1": 25, "prime192v1": 19, "secp224r1": 21,
              "secp256k1": 22, "secp160k1": 15, "secp160r1": 16, "secp160r2": 17, "secp192k1": 18,
              "secp224k1": 20, "brainpoolP256r1": 26, "brainpoolP384r1": 27, "brainpoolP512r1": 28}


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
        self.process.stdout.close()
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


class WithTool(unittest.TestCase):
    """Tests that ask the tool, whose path is the class's."""

    path = None

    def setUp(self):
        self.tool, self.checks = Tool(self.path), Checks()

    def tearDown(self):
        self.assertEqual(self.tool.close(), 0)

    def assert_held(self, at_least):
        """All checks, and so many at least."""
        self.assertEqual(self.checks.failures[:20], [])
        self.assertGreaterEqual(self.checks.held, at_least)


def openssl(*words):
    """Its standard output."""
    return subprocess.run(["openssl", *map(str, words)], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE).stdout


def number(data):
    """Big-endian."""
    return int.from_bytes(data, "big")


class Curve:
    """Numbers of a curve as `openssl ecparam` tells them, and points: (x, y), or None: the infinite one."""

    def __init__(self, name):
        text = openssl("ecparam", "-name", name, "-param_enc", "explicit", "-conv_form", "uncompressed",
                       "-noout", "-text").decode()
        told, title = {}, None
        for line in text.splitlines():
            if line.startswith(" "):
                told[title] += line.strip().replace(":", "")
            else:
                title, small = (word.strip() for word in line.split(":", 1))
                title = title.split(" ")[0]
                told[title] = "%x" % int(small.split()[0]) if small[:1].isdigit() else ""
        self.p, self.a, self.b = (int(told[key], 16) for key in ("Prime", "A", "B"))
        self.order, self.cofactor = int(told["Order"], 16), int(told["Cofactor"], 16)
        self.seed = bytes.fromhex(told.get("Seed", ""))
        self.width = (self.p.bit_length() + 7) // 8
        self.order_width = (self.order.bit_length() + 7) // 8
        generator = told["Generator"][2:]
        self.generator = int(generator[:2 * self.width], 16), int(generator[2 * self.width:], 16)

    def right(self, x):
        """What y squared is there."""
        return (x * x * x + self.a * x + self.b) % self.p

    def point(self, x):
        """One that has this x, or None."""
        y = square_root(self.right(x), self.p)
        return None if y is None else (x, y)

    def add(self, one, other):
        """Their sum."""
        if one is None or other is None:
            return other if one is None else one
        if one[0] == other[0] and (one[1] + other[1]) % self.p == 0:
            return None
        if one == other:
            slope = (3 * one[0] * one[0] + self.a) * pow(2 * one[1], -1, self.p)
        else:
            slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, self.p)
        x = (slope * slope - one[0] - other[0]) % self.p
        return x, (slope * (one[0] - x) - one[1]) % self.p

    def multiply(self, scalar, point):
        """So many times the point."""
        total = None
        while scalar > 0:
            total = self.add(total, point) if scalar & 1 else total
            point, scalar = self.add(point, point), scalar >> 1
        return total


def square_root(value, p):
    """Modulo an odd prime, or None."""
    if pow(value, (p - 1) // 2, p) not in (0, 1):
        return None
    if p % 4 == 3:
        return pow(value, (p + 1) // 4, p)
    odd, twos = p - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    other = next(n for n in range(2, 1000) if pow(n, (p - 1) // 2, p) == p - 1)
    step, root, rest = pow(other, odd, p), pow(value, (odd + 1) // 2, p), pow(value, odd, p)
    while rest not in (0, 1):
        square, count = rest, 0
        while square != 1:
            square, count = square * square % p, count + 1
        factor = pow(step, 1 << (twos - count - 1), p)
        twos, step = count, factor * factor % p
        root, rest = root * factor % p, rest * step % p
    return root


PRIME_25519 = 2**255 - 19


def ladder(scalar, x):
    """X25519 of RFC 7748, of numbers and without clamping."""
    p = PRIME_25519
    x2, z2, x3, z3 = 1, 0, x, 1
    for at in reversed(range(scalar.bit_length())):
        bit = scalar >> at & 1
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        plus, minus = (x2 + z2) % p, (x2 - z2) % p
        cross, other = (x3 - z3) * plus % p, (x3 + z3) * minus % p
        x3, z3 = (cross + other)**2 % p, x * (cross - other)**2 % p
        square, difference = plus * plus % p, (plus * plus - minus * minus) % p
        x2, z2 = square * minus * minus % p, difference * (square + 121665 * difference) % p
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return x2 * pow(z2, p - 2, p) % p
