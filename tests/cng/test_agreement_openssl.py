#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Agreements and derived keys against the openssl command, in both directions and for every blob:
keys of openssl are imported here, keys made here are given to openssl.

usage: test_agreement_openssl.py TOOL
"""

import pathlib
import struct
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives.asymmetric import dh, ec, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key)

from agreement_tool import Checks, Tool, blob, hexed, wide

CURVES = {  # algorithm: openssl's name, python's
    "ECDH_P256": ("P-256", ec.SECP256R1()),
    "ECDH_P384": ("P-384", ec.SECP384R1()),
    "ECDH_P521": ("P-521", ec.SECP521R1()),
    "ECDH:nistP192": ("prime192v1", ec.SECP192R1()),
    "ECDH:nistP224": ("secp224r1", ec.SECP224R1()),
    "ECDH:secP256k1": ("secp256k1", ec.SECP256K1()),
    "ECDH:brainpoolP256r1": ("brainpoolP256r1", ec.BrainpoolP256R1()),
    "ECDH:brainpoolP384r1": ("brainpoolP384r1", ec.BrainpoolP384R1()),
    "ECDH:brainpoolP512r1": ("brainpoolP512r1", ec.BrainpoolP512R1()),
    "ECDH:secP256r1": ("P-256", ec.SECP256R1()),
}
BITS = {"ECDH_P256": 256, "ECDH_P384": 384, "ECDH_P521": 521}
GROUPS = {"modp_1536": 1536, "ffdhe2048": 2048, "modp_2048": 2048, "ffdhe3072": 3072,
          "ffdhe4096": 4096}


def openssl(*words):
    """Its standard output."""
    return subprocess.run(["openssl", *map(str, words)], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE).stdout


def number(data):
    """Big-endian."""
    return int.from_bytes(data, "big")


def split(data, count, offset=8):
    """The numbers of a blob."""
    width = (len(data) - offset) // count
    return [data[offset + i * width:offset + (i + 1) * width] for i in range(count)], width


class Ecc:
    """Keys of one curve with a prime field."""

    private_types = ("ECCPRIVATEBLOB", "PRIVATEBLOB", "ECCFULLPRIVATEBLOB")
    public_types = ("ECCPUBLICBLOB", "PUBLICBLOB", "ECCFULLPUBLICBLOB")

    def __init__(self, algorithm):
        self.algorithm = algorithm
        self.name, self.curve = CURVES[algorithm]
        self.bits = BITS.get(algorithm, 0)
        self.width = (self.curve.key_size + 7) // 8

    def generate(self):
        """Words for openssl genpkey."""
        return "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{self.name}"

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

    private_types, public_types = Ecc.private_types[:2], Ecc.public_types[:2] + ("SSLECCPUBLICBLOB",)

    def __init__(self):
        self.algorithm, self.bits, self.width = "ECDH:curve25519", 0, 32

    def generate(self):
        return "-algorithm", "X25519"

    def blobs(self, key):
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        private = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        clamped = bytes([private[0] & 0xF8]) + private[1:31] + bytes([private[31] & 0x7F | 0x40])
        return (blob("ECDH", 1, 32, public, bytes(32), clamped), blob("ECDH", 0, 32, public, bytes(32)))

    def key(self, data):
        return x25519.X25519PrivateKey.from_private_bytes(split(data, 3)[0][2])


class FiniteField:
    """Keys of one published group."""

    private_types = ("DHPRIVATEBLOB", "PRIVATEBLOB")
    public_types = ("DHPUBLICBLOB", "PUBLICBLOB")
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
    """The secret as we have it, big-endian."""
    got = tool.ask("derive", kind.algorithm, hexed(private), hexed(public), "TRUNCATE", kind.width)
    return got[::-1] if isinstance(got, bytes) else got


def check_kind(tool, checks, kind, folder):
    """Theirs here, ours there."""
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
    checks.equal(raw(tool, kind, our_private, their_public), expected, f"{what}: ours and theirs")
    checks.equal(raw(tool, kind, their_private, our_public), expected, f"{what}: theirs and ours")
    check_types(tool, checks, kind, our_private, our_public, what)


def check_types(tool, checks, kind, private, public, what):
    """Every type of blob, there and back."""
    for types, short in ((kind.private_types, private), (kind.public_types, public)):
        for name in types:
            made = tool.ask("convert", kind.algorithm, types[1], hexed(short), name)
            back = tool.ask("convert", kind.algorithm, name, hexed(made), types[1])
            checks.equal(back, short, f"{what}: {name}")
            if "FULL" in name:
                check_parameters(checks, kind, made, what)


def check_parameters(checks, kind, data, what):
    """The curve in a full blob against what `openssl ecparam` prints."""
    _, version, curve_type, _, field, order, cofactor, seed = struct.unpack_from("<8I", data)
    checks.equal((version, curve_type, cofactor), (1, 1, 1), f"{what}: header")
    text = openssl("ecparam", "-name", kind.name, "-param_enc", "explicit", "-conv_form", "uncompressed",
                   "-noout", "-text").decode()
    told, name = {}, None
    for line in text.splitlines():
        if line.startswith(" "):
            told[name] += line.strip().replace(":", "")
        else:
            name, small = (word.strip() for word in line.split(":", 1))
            told[name] = "%x" % int(small.split()[0]) if small[:1].isdigit() else ""
            if name.startswith("Cofactor"):
                checks.equal(data[32 + 5 * field + order], int(line.split()[1]), f"{what}: cofactor")
    generator = told["Generator (uncompressed)"][2:]
    expected = [told["Prime"], told["A"], told["B"], generator[:2 * field], generator[2 * field:]]
    for i, digits in enumerate(expected):
        got = data[32 + i * field:32 + (i + 1) * field]
        checks.equal(number(got), int(digits, 16), f"{what}: parameter {i}")
    checks.equal(number(data[32 + 5 * field:32 + 5 * field + order]), int(told["Order"], 16), f"{what}: order")
    if seed > 0:
        at = 32 + 5 * field + order + cofactor
        checks.equal(data[at:at + seed], bytes.fromhex(told["Seed"]), f"{what}: seed")


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


def main():
    """All of it."""
    tool, checks = Tool(sys.argv[1]), Checks()
    kinds = [*map(Ecc, CURVES), Montgomery(), *map(FiniteField, GROUPS)]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for kind in kinds:
            check_kind(tool, checks, kind, folder)
        check_functions(tool, checks, folder)
    checks.equal(tool.close(), 0, "exit status of the tool")
    return checks.end(200)


if __name__ == "__main__":
    sys.exit(main())
