#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Agreements and derived keys against the openssl command, in both directions and for every blob:
keys of openssl are imported here, keys made here are given to openssl.

usage: test_agreement_openssl.py TOOL
"""

import pathlib
import struct
import sys
import tempfile
import unittest

from cryptography.hazmat.primitives.asymmetric import dh, ec, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key)

from agreement_tool import BITS, TLS_GROUPS, Curve, WithTool, blob, hexed, number, openssl, wide

CURVES = {  # algorithm: openssl's name, python's
    "ECDH_P256": ("prime256v1", ec.SECP256R1()),
    "ECDH_P384": ("secp384r1", ec.SECP384R1()),
    "ECDH_P521": ("secp521r1", ec.SECP521R1()),
    "ECDH:nistP192": ("prime192v1", ec.SECP192R1()),
    "ECDH:nistP224": ("secp224r1", ec.SECP224R1()),
    "ECDH:secP256k1": ("secp256k1", ec.SECP256K1()),
    "ECDH:brainpoolP256r1": ("brainpoolP256r1", ec.BrainpoolP256R1()),
    "ECDH:brainpoolP384r1": ("brainpoolP384r1", ec.BrainpoolP384R1()),
    "ECDH:brainpoolP512r1": ("brainpoolP512r1", ec.BrainpoolP512R1()),
    "ECDH:secP256r1": ("prime256v1", ec.SECP256R1()),
}
GROUPS = {"modp_1536": 1536, "ffdhe2048": 2048, "modp_2048": 2048, "ffdhe3072": 3072,
          "ffdhe4096": 4096}


def split(data, count, offset=8):
    """The numbers of a blob."""
    width = (len(data) - offset) // count
    return [data[offset + i * width:offset + (i + 1) * width] for i in range(count)], width


class Ecc:
    """Keys of one curve with a prime field."""

    def __init__(self, algorithm):
        self.algorithm = algorithm
        self.name, self.curve = CURVES[algorithm]
        self.bits = BITS.get(algorithm, 0)
        self.width = (self.curve.key_size + 7) // 8
        self.numbers = Curve(self.name)

    def generate(self):
        """Words for openssl genpkey."""
        return "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{self.name}"

    def full(self, private, short):
        """Parameters as `openssl ecparam` prints them, then the numbers of a shorter blob."""
        curve = self.numbers
        self_and_order = self.width, curve.order_width
        parts = [x.to_bytes(self.width, "big") for x in (curve.p, curve.a, curve.b, *curve.generator)]
        parts += [curve.order.to_bytes(curve.order_width, "big"), bytes([curve.cofactor]), curve.seed]
        numbers = split(short, 3 if private else 2)[0]
        parts += [*numbers[:2], *(part.rjust(curve.order_width, b"\0") for part in numbers[2:])]
        magic = b"ECKV" if private else b"ECKP"
        return magic + struct.pack("<7I", 1, 1, 0, *self_and_order, 1, len(curve.seed)) + b"".join(parts)

    def types(self, private, short, pem):
        """All blobs of a half of a key, by their types."""
        if private:
            return {"ECCPRIVATEBLOB": short, "PRIVATEBLOB": short, "ECCFULLPRIVATEBLOB": self.full(True, short)}
        made = {"ECCPUBLICBLOB": short, "PUBLICBLOB": short, "ECCFULLPUBLICBLOB": self.full(False, short)}
        if self.name in TLS_GROUPS:
            der = openssl("pkey", "-pubin", "-in", pem, "-pubout", "-outform", "DER", "-ec_conv_form", "uncompressed")
            point = der[-1 - 2 * self.width:]
            made["SSLECCPUBLICBLOB"] = struct.pack("<II", TLS_GROUPS[self.name], len(point)) + point
        return made

    def blobs(self, key):
        """Private and public."""
        private = key.private_numbers()
        public = private.public_numbers
        point = public.x, public.y
        return (blob(self.algorithm, 1, self.width, *point, private.private_value),
                blob(self.algorithm, 0, self.width, *point))

    def key(self, data):
        """Of a private blob."""
        (x, y, d), _ = split(data, 3)
        return ec.EllipticCurvePrivateNumbers(number(d), ec.EllipticCurvePublicNumbers(
            number(x), number(y), self.curve)).private_key()


class Montgomery(Ecc):
    """Keys of curve25519."""

    def __init__(self):
        self.algorithm, self.bits, self.width = "ECDH:curve25519", 0, 32

    def generate(self):
        return "-algorithm", "X25519"

    def blobs(self, key):
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        private = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        clamped = bytes([private[0] & 0xF8]) + private[1:31] + bytes([private[31] & 0x7F | 0x40])
        return (blob("ECDH", 1, 32, public, bytes(32), clamped), blob("ECDH", 0, 32, public, bytes(32)))

    def types(self, private, short, pem):
        if private:
            return {"ECCPRIVATEBLOB": short, "PRIVATEBLOB": short}
        point = openssl("pkey", "-pubin", "-in", pem, "-pubout", "-outform", "DER")[-32:]
        return {"ECCPUBLICBLOB": short, "PUBLICBLOB": short,
                "SSLECCPUBLICBLOB": struct.pack("<II", 29, 32) + point}

    def key(self, data):
        return x25519.X25519PrivateKey.from_private_bytes(split(data, 3)[0][2])


class FiniteField:
    """Keys of one published group."""

    algorithm = "DH"

    def __init__(self, group):
        self.group, self.bits = group, GROUPS[group]
        self.width = self.bits // 8

    def generate(self):
        """Words for openssl genpkey."""
        return "-algorithm", "DH", "-pkeyopt", f"group:{self.group}"

    def blobs(self, key):
        """Private and public."""
        private = key.private_numbers()
        public, group = private.public_numbers, private.public_numbers.parameter_numbers
        return (blob("DH", 1, self.width, group.p, group.g, public.y, private.x),
                blob("DH", 0, self.width, group.p, group.g, public.y))

    def types(self, private, short, pem):
        """All blobs of a half of a key, by their types."""
        del pem
        return dict.fromkeys(("DHPRIVATEBLOB", "PRIVATEBLOB") if private else ("DHPUBLICBLOB", "PUBLICBLOB"), short)

    def key(self, data):
        """Of a private blob."""
        (p, g, y, x), _ = split(data, 4)
        return dh.DHPrivateNumbers(number(x), dh.DHPublicNumbers(
            number(y), dh.DHParameterNumbers(number(p), number(g)))).private_key()


def to_pem(key, path):
    """Private and public half of a key, for openssl."""
    path.with_suffix(".pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.with_suffix(".pub").write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def derive_by_openssl(own, peer, folder, width):
    """The secret of full length."""
    to_pem(own, folder / "own")
    to_pem(peer, folder / "peer")
    openssl("pkeyutl", "-derive", "-inkey", folder / "own.pem", "-peerkey", folder / "peer.pub",
            "-out", folder / "secret")
    return (folder / "secret").read_bytes().rjust(width, b"\0")


def raw(tool, kind, private, public):
    """The secret as we have it, big-endian; halves as (type, bytes)."""
    words = [f"{name}:{hexed(data)}" for name, data in (private, public)]
    got = tool.ask("derive", kind.algorithm, *words, "TRUNCATE", kind.width)
    return got[::-1] if isinstance(got, bytes) else got


def check_kind(tool, checks, kind, folder):
    """Theirs here, ours there, by every type of blob."""
    openssl("genpkey", *kind.generate(), "-out", folder / "theirs.pem")
    theirs = load_pem_private_key((folder / "theirs.pem").read_bytes(), None)
    their_private, their_public = kind.blobs(theirs)
    if kind.algorithm == "DH":  # our own group of that size may be another
        our_private = kind.blobs(theirs.parameters().generate_private_key())[0]
    else:
        our_private = tool.ask("generate", kind.algorithm, kind.bits, "PRIVATEBLOB")
    ours = kind.key(our_private)
    our_public = tool.ask("convert", kind.algorithm, "PRIVATEBLOB", hexed(our_private), "PUBLICBLOB")
    expected = derive_by_openssl(theirs, ours, folder, kind.width)
    what = f"{kind.algorithm}, {kind.generate()[-1]}"
    checks.equal(kind.blobs(ours), (our_private, our_public), f"{what}: ours as openssl has it")
    for private, public, pem in ((our_private, their_public, "own"), (their_private, our_public, "peer")):
        privates = kind.types(True, private, None)
        publics = kind.types(False, public, folder / f"{pem}.pub")
        for halves in zip(privates.items(), publics.items()):
            checks.equal(raw(tool, kind, *halves), expected, f"{what}: {halves[0][0]} and {halves[1][0]}")
        last = list(publics.items())[-1]
        checks.equal(raw(tool, kind, ("PRIVATEBLOB", private), last), expected, f"{what}: {last[0]}")
        check_types(tool, checks, kind, privates, what)
        check_types(tool, checks, kind, publics, what)


def check_types(tool, checks, kind, blobs, what):
    """What comes out in every type is what openssl's numbers make."""
    plain = next(name for name in blobs if name in ("PRIVATEBLOB", "PUBLICBLOB"))
    for name, data in blobs.items():
        checks.equal(tool.ask("convert", kind.algorithm, plain, hexed(blobs[plain]), name), data, f"{what}: to {name}")
        checks.equal(tool.ask("convert", kind.algorithm, name, hexed(data), plain), blobs[plain], f"{what}: from {name}")


def kdf(name, length, **options):
    """`openssl kdf`."""
    words = [word for key, value in options.items() for word in ("-kdfopt", f"{key}:{value}")]
    out = openssl("kdf", "-keylen", length, *words, name)
    return bytes.fromhex(out.decode().strip().replace(":", ""))


def check_functions(tool, checks, folder):
    """Keys out of one secret by `openssl kdf`."""
    for algorithm, digest in (("ECDH_P256", "SHA256"), ("ECDH_P384", "SHA384"), ("ECDH_P521", "SHA512")):
        kind = Ecc(algorithm)
        private = tool.ask("generate", algorithm, kind.bits, "PRIVATEBLOB")
        public = tool.ask("convert", algorithm, "PRIVATEBLOB", hexed(private), "PUBLICBLOB")
        key = kind.key(private)
        secret = derive_by_openssl(key, key, folder, kind.width).hex()
        start = "derive", algorithm, hexed(private), hexed(public)
        seed, label = bytes(range(64)).hex(), b"a label".hex()
        got = tool.ask(*start, "TLS_PRF", 48, f"4={label}", f"5={seed}")
        checks.equal(got, kdf("TLS1-PRF", 48, digest="MD5-SHA1", hexsecret=secret, hexseed=label + seed), "TLS 1.0")
        got = tool.ask(*start, "TLS_PRF", 48, f"4={label}", f"5={seed}", "7=03030000",
                       f"0={wide('SHA384').hex()}")
        checks.equal(got, kdf("TLS1-PRF", 48, digest="SHA384", hexsecret=secret, hexseed=label + seed), "TLS 1.2")
        got = tool.ask(*start, "SP800_56A_CONCAT", 150, "8=0102", "9=0304", "10=05", "12=07", "11=06")
        checks.equal(got, kdf("SSKDF", 150, digest=digest, hexkey=secret, hexinfo="01020304050607"), "concatenation")
        got = tool.ask(*start, "HKDF", 80, f"hash={wide(digest).hex()}", "salt=00aa", "0x14=0102")
        checks.equal(got, kdf("HKDF", 80, digest=digest, hexkey=secret, hexsalt="00aa", hexinfo="0102"), "HKDF")


class OpenSSL(WithTool):
    """Each kind of key by itself."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_ecc_blobs(self):
        for algorithm in CURVES:
            check_kind(self.tool, self.checks, Ecc(algorithm), self.folder)
        self.assert_held(200)

    def test_curve25519_blobs(self):
        check_kind(self.tool, self.checks, Montgomery(), self.folder)
        self.assert_held(15)

    def test_dh_blobs(self):
        for group in GROUPS:
            check_kind(self.tool, self.checks, FiniteField(group), self.folder)
        self.assert_held(60)

    def test_derived_keys(self):
        check_functions(self.tool, self.checks, self.folder)
        self.assert_held(12)


if __name__ == "__main__":
    WithTool.path = sys.argv.pop(1)
    unittest.main()
