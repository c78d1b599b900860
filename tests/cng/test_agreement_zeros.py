#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Secrets and numbers that begin with zeros keep their whole length, on every curve and in groups of
every size, in both byte orders: each secret is chosen first, and the public key that leads to it made
from our private one.

usage: test_agreement_zeros.py TOOL
"""

import hashlib
import hmac
import random
import sys
import unittest

from agreement_tool import (
    BITS, CURVES, PRIME_25519, Curve, WithTool, blob, hexed, ladder, number, wide)

HASHES = {"ECDH_P256": "sha256", "ECDH_P384": "sha384", "ECDH_P521": "sha512"}
GROUP_BITS = (512, 576, 768, 1024, 1536, 2048, 3072, 4096)
ORDER_25519 = 2**252 + 27742317777372353535851937790883648493


def stretch(name, key, seed, length):
    """P_hash of TLS."""
    made, step = b"", seed
    while len(made) < length:
        step = hmac.new(key, step, name).digest()
        made += hmac.new(key, step + seed, name).digest()
    return made[:length]


def tls_1_0(secret, seed):
    """Halves that share a byte when the length is odd."""
    half = (len(secret) + 1) // 2
    pairs = zip(stretch("md5", secret[:half], seed, 48), stretch("sha1", secret[-half:], seed, 48))
    return bytes(a ^ b for a, b in pairs)


def hkdf(name, secret, info, length):
    """Without a salt."""
    size = hashlib.new(name).digest_size
    key, made, last, count = hmac.new(bytes(size), secret, name).digest(), b"", b"", 0
    while len(made) < length:
        count += 1
        last = hmac.new(key, last + info + bytes([count]), name).digest()
        made += last
    return made[:length]


class Zeros(WithTool):
    """z: the secret as the functions must see it, of whole length."""

    def check(self, algorithm, private, public, z, what):
        """Every function."""
        start = "derive", algorithm, hexed(private), hexed(public)
        seed, label, info = bytes(range(64)), b"label", b"information"
        front, back = b"before", b"behind"
        name = f"0={wide('SHA256').hex()}"
        line = front + z + back
        parts = f"1={front.hex()}", f"2={back.hex()}"
        wanted = {
            ("TRUNCATE", 1024): z[::-1],
            ("TRUNCATE", 5): z[::-1][:5],
            ("HASH", 64): hashlib.sha1(z).digest(),
            ("HASH", 64, name, *parts): hashlib.sha256(line).digest(),
            ("HMAC", 64, name, *parts, "3=0102"): hmac.new(b"\1\2", line, "sha256").digest(),
            ("HMAC", 64, name, *parts, "flags=1"): hmac.new(z, line, "sha256").digest(),
            ("TLS_PRF", 48, f"4={label.hex()}", f"5={seed.hex()}"): tls_1_0(z, label + seed),
            ("TLS_PRF", 48, f"4={label.hex()}", f"5={seed.hex()}", "7=03030000"):
                stretch("sha256", z, label + seed, 48),
            ("HKDF", 80, f"hash={wide('SHA256').hex()}", "salt=-", f"0x14={info.hex()}"):
                hkdf("sha256", z, info, 80),
        }
        if algorithm in HASHES:
            digest = hashlib.new(HASHES[algorithm], (1).to_bytes(4, "big") + z + b"auv").digest()
            wanted["SP800_56A_CONCAT", len(digest), "8=61", "9=75", "10=76"] = digest
        for words, key in wanted.items():
            self.checks.equal(self.tool.ask(*start, *words), key, f"{what}: {words}")

    def curve_targets(self, curve):
        """Points whose x begins with zeros: as many as can be, and one byte of them."""
        yield next(point for point in map(curve.point, range(1, 1000)) if point is not None)
        while True:
            point = curve.point(random.randrange(1 << 8 * (curve.width - 1)))
            if point is not None:
                yield point
                return

    def test_secrets_of_every_curve(self):
        for algorithm, name in CURVES.items():
            curve = Curve(name)
            private = self.tool.ask("generate", algorithm, BITS.get(algorithm, 0), "PRIVATEBLOB")
            inverse = pow(number(private[8 + 2 * curve.width:]), -1, curve.order)
            for target in self.curve_targets(curve):
                peer = curve.multiply(inverse, target)
                public = blob(algorithm, 0, curve.width, *peer)
                z = target[0].to_bytes(curve.width, "big")
                self.assertEqual(z[0], 0)
                self.check(algorithm, private, public, z, algorithm)
        self.assert_held(600)

    def test_secrets_of_curve25519(self):
        algorithm, zeros = "ECDH:curve25519", {0: None, 31: None}
        points = [9]
        while None in zeros.values():
            point = ladder(random.randrange(ORDER_25519), 9)
            for at, found in zeros.items():
                if found is None and point.to_bytes(32, "little")[at] == 0:
                    zeros[at] = point
        for target in points + list(zeros.values()):
            private = self.tool.ask("generate", algorithm, 0, "PRIVATEBLOB")
            scalar = int.from_bytes(private[72:], "little")
            peer = ladder(pow(scalar, -1, ORDER_25519), target)
            public = blob("ECDH", 0, 32, peer.to_bytes(32, "little"), bytes(32))
            self.assertLess(peer, PRIME_25519)
            self.check(algorithm, private, public, target.to_bytes(32, "little"), f"{algorithm} {target}")
        self.assert_held(27)

    def test_secrets_of_groups_of_every_size(self):
        for bits in GROUP_BITS:
            width = bits // 8
            private = self.tool.ask("generate", "DH", bits, "PRIVATEBLOB")
            p, g, _, x = (number(private[8 + i * width:8 + (i + 1) * width]) for i in range(4))
            order = (p - 1) // 2
            for target in (4, random.randrange(2, 1 << (bits // 2 - 4))**2):
                peer = pow(target, pow(x, -1, order), p)
                public = blob("DH", 0, width, p, g, peer)
                z = target.to_bytes(width, "big")
                self.assertEqual(z[0], 0)
                self.check("DH", private, public, z, f"DH {bits}")
        self.assert_held(9 * 2 * len(GROUP_BITS))

    def check_numbers(self, algorithm, width, numbers, types):
        """A private blob that comes back as it went in, in types that hold the same numbers."""
        private = blob(algorithm, 1, width, *numbers)
        public = blob(algorithm, 0, width, *numbers[:-1])
        for given, told in types:
            self.checks.equal(self.tool.ask("convert", algorithm, given, hexed(private), told),
                              public if told.endswith("PUBLICBLOB") else private, f"{algorithm} {told}")

    def test_numbers_of_ecc_blobs(self):
        types = [("ECCPRIVATEBLOB", "ECCPRIVATEBLOB"), ("ECCPRIVATEBLOB", "ECCPUBLICBLOB")]
        for algorithm, name in CURVES.items():
            curve = Curve(name)
            scalar, point, seen = 1, curve.generator, set()
            while len(seen) < 2 and scalar < 20000:
                for at in {0, 1} - seen:
                    if point[at] >> (8 * (curve.width - 1)) == 0:
                        seen.add(at)
                        self.check_numbers(algorithm, curve.width, (*point, scalar), types)
                point, scalar = curve.add(point, curve.generator), scalar + 1
            self.assertEqual(seen, {0, 1})
        self.assert_held(4 * len(CURVES))

    def test_numbers_of_dh_blobs(self):
        types = [("DHPRIVATEBLOB", "DHPRIVATEBLOB"), ("DHPRIVATEBLOB", "DHPUBLICBLOB")]
        for bits in GROUP_BITS:
            width = bits // 8
            public = self.tool.ask("generate", "DH", bits, "PUBLICBLOB")
            p, g = (number(public[8 + i * width:8 + (i + 1) * width]) for i in range(2))
            for x in (2, 77, bits // 2 - 1):
                self.check_numbers("DH", width, (p, g, pow(g, x, p), x), types)
        self.assert_held(6 * len(GROUP_BITS))


if __name__ == "__main__":
    WithTool.path = sys.argv.pop(1)
    unittest.main()
