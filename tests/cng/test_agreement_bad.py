#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keys that would give a secret away, or are none: beside the curve, of another one, infinite, of small
order, with numbers that reach the modulus. On every curve, in every type of blob, with all checks and
with BCRYPT_NO_KEY_VALIDATION.

usage: test_agreement_bad.py TOOL
"""

import random
import struct
import sys
import unittest

from agreement_tool import (
    BITS, CURVES, PRIME_25519, TLS_GROUPS, Curve, WithTool, blob, hexed, number, square_root)

INVALID_PARAMETER = 0xC000000D
NO_KEY_VALIDATION = 8
SMALL_ORDER = (  # of curve25519 and of its twist, below the prime
    0, 1, PRIME_25519 - 1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)


class Bad(WithTool):
    """Each way in."""

    def refused(self, algorithm, kind, data, what, where="import"):
        """With and without all checks."""
        for flags in (0, NO_KEY_VALIDATION):
            got = self.tool.ask("convert", algorithm, f"{kind},{flags}", hexed(data), kind)
            self.checks.equal(got, (where, INVALID_PARAMETER), f"{algorithm}: {what}, {kind}, {flags}")

    def taken(self, algorithm, kind, data, what):
        """The same, when nothing is wrong."""
        self.checks.equal(self.tool.ask("convert", algorithm, kind, hexed(data), kind), data,
                          f"{algorithm}: {what}, {kind}")


class Curves(Bad):
    """Of a prime field."""

    def start(self, algorithm):
        """A curve, and a good key of it in blobs of every type."""
        curve = Curve(CURVES[algorithm])
        width = curve.width
        private = self.tool.ask("generate", algorithm, BITS.get(algorithm, 0), "PRIVATEBLOB")
        short = hexed(private)
        blobs = {kind: self.tool.ask("convert", algorithm, "PRIVATEBLOB", short, kind)
                 for kind in ("ECCPUBLICBLOB", "ECCFULLPUBLICBLOB", "ECCPRIVATEBLOB", "ECCFULLPRIVATEBLOB")}
        if CURVES[algorithm] in TLS_GROUPS:
            blobs["SSLECCPUBLICBLOB"] = self.tool.ask("convert", algorithm, "PRIVATEBLOB", short,
                                                      "SSLECCPUBLICBLOB")
        tails = {"ECCPRIVATEBLOB": width, "ECCFULLPRIVATEBLOB": curve.order_width}
        at = {kind: len(data) - tails.get(kind, 0) - 2 * width for kind, data in blobs.items()}
        return curve, blobs, at

    @staticmethod
    def put(data, at, *numbers):
        """With other bytes there."""
        made = b"".join(numbers)
        return data[:at] + made + data[at + len(made):]

    def with_point(self, curve, data, at, point):
        """The coordinates replaced."""
        return self.put(data, at, *(x.to_bytes(curve.width, "big") for x in point))

    def bad_points(self, curve, good):
        """(what, x, y)"""
        x, y = good
        limit = 1 << 8 * curve.width
        yield "y + 1", x, (y + 1) % curve.p
        yield "changed x", (x + 1) % curve.p, y
        yield "swapped", y, x
        yield "order two", x, 0
        yield "infinite", 0, 0
        yield "prime", curve.p, y
        yield "primes", curve.p, curve.p
        yield "all ones", limit - 1, limit - 1
        twist = next(n for n in range(1, 1000) if curve.point(n) is None)
        yield "twist", twist, y
        small = next(point for point in map(curve.point, range(1, 1000)) if point is not None)
        yield "x + p of a point", small[0] + curve.p, small[1]
        for _ in range(64 if limit > 2 * curve.p else 0):
            other = curve.point(random.randrange(curve.p))
            if other is not None and other[1] + curve.p < limit:
                yield "y + p of a point", other[0], other[1] + curve.p
                break

    def test_points_of_every_curve_and_blob(self):
        for algorithm in CURVES:
            curve, blobs, at = self.start(algorithm)
            kind = "ECCPUBLICBLOB"
            good = tuple(number(blobs[kind][8 + i * curve.width:8 + (i + 1) * curve.width]) for i in (0, 1))
            for kind, data in blobs.items():
                self.taken(algorithm, kind, data, "as made")
                self.assertEqual(self.with_point(curve, data, at[kind], good), data)
                for what, x, y in self.bad_points(curve, good):
                    bad = self.with_point(curve, data, at[kind], (x, y))
                    if what == "infinite" and "PRIVATE" in kind:  # made of the private half
                        self.checks.equal(self.tool.ask("convert", algorithm, kind, hexed(bad), kind), data, what)
                    else:
                        self.refused(algorithm, kind, bad, what)
        self.assert_held(2500)

    def test_points_of_other_curves(self):
        curves = {algorithm: Curve(name) for algorithm, name in CURVES.items()}
        for algorithm, curve in curves.items():
            others = [other for other in curves.values() if other.width == curve.width and
                      (other.p, other.a, other.b) != (curve.p, curve.a, curve.b)]
            for other in others:
                x, y = other.multiply(random.randrange(1, other.order), other.generator)
                self.refused(algorithm, "ECCPUBLICBLOB", blob(algorithm, 0, curve.width, x, y), "another curve")
        self.assert_held(200)

    def test_points_of_invalid_curves(self):
        """The same curve but for b, chosen so that the point has the order three."""
        for algorithm, name in CURVES.items():
            curve, found = Curve(name), 0
            while found < 3:
                x = random.randrange(1, curve.p)
                root = square_root(3 * x % curve.p, curve.p)
                if root is None:
                    continue
                # Doubled it has the same x again: ((3xx + a) / 2y)^2 - 2x = x.
                y = (3 * x * x + curve.a) * pow(2 * root, -1, curve.p) % curve.p
                if y == 0 or (y * y - curve.right(x)) % curve.p == 0:
                    continue
                self.assertIsNone(curve.multiply(3, (x, y)))
                self.refused(algorithm, "ECCPUBLICBLOB", blob(algorithm, 0, curve.width, x, y), "order three")
                found += 1
        self.assert_held(200)

    def test_scalars_out_of_range(self):
        for algorithm in CURVES:
            curve, blobs, at = self.start(algorithm)
            for kind, width in (("ECCPRIVATEBLOB", curve.width), ("ECCFULLPRIVATEBLOB", curve.order_width)):
                data, place = blobs[kind], at[kind]
                values = [0, curve.order, curve.order + 1, (1 << 8 * width) - 1]
                for scalar in (value for value in values if value >> 8 * width == 0):
                    if 0 < scalar < curve.order:
                        continue
                    for point in (data[place:place + 2 * curve.width], bytes(2 * curve.width)):
                        bad = self.put(data, place, point, scalar.to_bytes(width, "big"))
                        self.refused(algorithm, kind, bad, f"scalar {scalar:x}")
                bad = self.put(data, place, *(x.to_bytes(curve.width, "big") for x in curve.generator))
                self.refused(algorithm, kind, bad, "a scalar of another point")
                one = self.put(bad, place + 2 * curve.width, (1).to_bytes(width, "big"))
                self.taken(algorithm, kind, one, "the scalar 1")
        self.assert_held(400)

    def test_points_as_tls_writes_them_otherwise(self):
        for algorithm in ("ECDH_P256", "ECDH_P384", "ECDH_P521"):
            curve, blobs, _ = self.start(algorithm)
            data = blobs["SSLECCPUBLICBLOB"]
            group, point = data[:4], data[8:]
            x, y = point[1:1 + curve.width], point[1 + curve.width:]
            for what, other in (("infinite", b"\0"), ("infinite at length", bytes(len(point))),
                                ("compressed", bytes([2 + (y[-1] & 1)]) + x),
                                ("compressed at length", bytes([2 + (y[-1] & 1)]) + x + y),
                                ("hybrid", bytes([6 + (y[-1] & 1)]) + x + y), ("nothing", b"")):
                self.refused(algorithm, "SSLECCPUBLICBLOB", group + struct.pack("<I", len(other)) + other, what)
            for number_of_group in (0, 1, 22, 29, 0x11EC, 0xFFFFFFFF):
                self.refused(algorithm, "SSLECCPUBLICBLOB", struct.pack("<I", number_of_group) + data[4:], "group")
        self.assert_held(72)


class Montgomery(Bad):
    """curve25519."""

    ALGORITHM = "ECDH:curve25519"

    def blobs(self, x):
        """Of a number as it stands, types by name."""
        data = x.to_bytes(32, "little")
        return {"ECCPUBLICBLOB": blob("ECDH", 0, 32, data, bytes(32)),
                "SSLECCPUBLICBLOB": struct.pack("<II", 29, 32) + data}

    def test_points_of_small_order(self):
        private = hexed(self.tool.ask("generate", self.ALGORITHM, 0, "PRIVATEBLOB"))
        for x in SMALL_ORDER:
            for kind, data in self.blobs(x).items():
                got = self.tool.ask("convert", self.ALGORITHM, kind, hexed(data), kind)
                self.checks.equal(got, ("import", INVALID_PARAMETER), f"{x}, {kind}")
                got = self.tool.ask("derive", self.ALGORITHM, private, f"{kind},8:{hexed(data)}", "TRUNCATE", 32)
                self.checks.equal(got, ("agree", INVALID_PARAMETER), f"{x}, {kind}, not validated")
        self.assert_held(4 * len(SMALL_ORDER))

    def test_points_beyond_the_prime(self):
        for x in [*range(PRIME_25519, 2**255), *(x + 2**255 for x in (9, 2**254, *SMALL_ORDER)), 2**256 - 1]:
            for kind, data in self.blobs(x).items():
                self.refused(self.ALGORITHM, kind, data, f"{x}")
        for x in (2, 9, PRIME_25519 - 2):
            for kind, data in self.blobs(x).items():
                self.taken(self.ALGORITHM, kind, data, f"{x}")
        self.assert_held(100)

    def test_scalars_that_are_not_clamped(self):
        private = self.tool.ask("generate", self.ALGORITHM, 0, "PRIVATEBLOB")
        for at, bit in ((72, 1), (72, 2), (72, 4), (103, 0x40), (103, 0x80)):
            for start in (private[:72], private[:8] + bytes(64)):
                bad = bytearray(start + private[72:])
                bad[at] ^= bit
                self.refused(self.ALGORITHM, "ECCPRIVATEBLOB", bytes(bad), f"byte {at}, bit {bit}")
        other = self.tool.ask("generate", self.ALGORITHM, 0, "PRIVATEBLOB")
        self.refused(self.ALGORITHM, "ECCPRIVATEBLOB", other[:72] + private[72:], "a scalar of another point")
        self.assert_held(22)


class Groups(Bad):
    """Of a finite field."""

    def start(self, bits):
        """p and g of our own group."""
        width = bits // 8
        data = self.tool.ask("generate", "DH", bits, "PRIVATEBLOB")
        return [number(data[8 + i * width:8 + (i + 1) * width]) for i in range(4)] + [width]

    def test_values_that_give_a_known_secret(self):
        for bits in (512, 1024, 2048, 4096):
            p, g, y, x, width = self.start(bits)
            private = hexed(blob("DH", 1, width, p, g, y, x))
            for value in (0, 1, p - 1):
                data = blob("DH", 0, width, p, g, value)
                got = self.tool.ask("convert", "DH", "DHPUBLICBLOB", hexed(data), "DHPUBLICBLOB")
                self.checks.equal(got, ("import", INVALID_PARAMETER), f"{bits}: {value:x}")
                got = self.tool.ask("derive", "DH", private, f"DHPUBLICBLOB,8:{hexed(data)}", "TRUNCATE", width)
                self.checks.equal(got, ("agree", INVALID_PARAMETER), f"{bits}: {value:x}, not validated")
            for value in (p, p + 1, (1 << bits) - 1):
                self.refused("DH", "DHPUBLICBLOB", blob("DH", 0, width, p, g, value), f"{bits}: {value:x}")
        self.assert_held(48)

    def test_values_outside_the_subgroup(self):
        """p - 4 and p - 9 are no squares, and so not in the half that a safe prime's group has."""
        for bits in (1536, 2048, 3072, 4096):
            p, g, _, _, width = self.start(bits)
            for value in (p - 4, p - 9):
                self.assertEqual(pow(value, (p - 1) // 2, p), p - 1)
                data = blob("DH", 0, width, p, g, value)
                got = self.tool.ask("convert", "DH", "DHPUBLICBLOB", hexed(data), "DHPUBLICBLOB")
                self.checks.equal(got, ("import", INVALID_PARAMETER), f"{bits}: {value:x}")
            for value in (4, 9):
                self.taken("DH", "DHPUBLICBLOB", blob("DH", 0, width, p, g, value), f"{bits}: {value}")
        self.assert_held(16)

    def test_groups_that_are_none(self):
        for bits in (512, 1024, 2048):
            p, g, y, x, width = self.start(bits)
            for what, prime, base in (("even", p - 1, g), ("short", p >> 8, g), ("g 0", p, 0), ("g 1", p, 1),
                                      ("g p-1", p, p - 1), ("g p", p, p), ("all ones", p, (1 << bits) - 1)):
                self.refused("DH", "DHPUBLICBLOB", blob("DH", 0, width, prime, base, 4), f"{bits}: {what}")
                self.refused("DH", "DHPRIVATEBLOB", blob("DH", 1, width, prime, base, y, x), f"{bits}: {what}")
        self.assert_held(84)

    def test_private_values_out_of_range(self):
        for bits in (512, 1024, 2048):
            p, g, y, x, width = self.start(bits)
            for value in (0, p - 1, p + 1, p + 2):  # the powers of the last two are in range
                self.refused("DH", "DHPRIVATEBLOB", blob("DH", 1, width, p, g, pow(g, value, p), value),
                             f"{bits}: {value:x}")
            self.refused("DH", "DHPRIVATEBLOB", blob("DH", 1, width, p, g, y * g % p, x), f"{bits}: another pair")
            self.taken("DH", "DHPRIVATEBLOB", blob("DH", 1, width, p, g, y, x), f"{bits}: as made")
        self.assert_held(33)


if __name__ == "__main__":
    WithTool.path = sys.argv.pop(1)
    unittest.main()
