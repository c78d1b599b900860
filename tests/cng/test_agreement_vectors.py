#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Agreements and derived keys against the vectors of python3-cryptography-vectors (NIST's KAS
validity tests, RFC 7027, RFC 7748, groups of others) and against keys that python3-cryptography
derives itself.

usage: test_agreement_vectors.py TOOL
"""

import hashlib
import pathlib
import random
import sys
import unittest

import cryptography_vectors
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from agreement_tool import WithTool, blob, hexed, wide

VECTORS = pathlib.Path(cryptography_vectors.__file__).parent / "asymmetric"
INVALID_PARAMETER = 0xC000000D
CURVES = {  # section: algorithm, bytes, hash of the concatenating function
    "EA": ("ECDH:nistP192", 24, None), "EB": ("ECDH:nistP224", 28, None),
    "EC": ("ECDH_P256", 32, "SHA256"), "ED": ("ECDH_P384", 48, "SHA384"),
    "EE": ("ECDH_P521", 66, "SHA512"),
}


def sections(name):
    """(section, {name: value}) of each case of a file of NIST's."""
    section, case = None, {}
    for line in (VECTORS / name).read_text(encoding="ascii").splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[]").strip()
        elif " = " in line and not line.startswith("#"):
            key, value = line.split(" = ", 1)
            case[key.strip()] = value.strip()
            if key.strip() == "Result":
                yield section, dict(case)


def ecc_blobs(case, algorithm, width):
    """Private and public, or None where a number does not fit."""
    number = {key: int(case[key], 16) for key in ("dsIUT", "QsIUTx", "QsIUTy", "QsCAVSx", "QsCAVSy")}
    if any(value >> (8 * width) for value in number.values()):
        return None
    return (blob(algorithm, 1, width, number["QsIUTx"], number["QsIUTy"], number["dsIUT"]),
            blob(algorithm, 0, width, number["QsCAVSx"], number["QsCAVSy"]))


def derived(tool, algorithm, blobs, function, length, *parameters):
    """The answer to one derive."""
    return tool.ask("derive", algorithm, hexed(blobs[0]), hexed(blobs[1]), function, length,
                    *parameters)


def refusal(result):
    """Where a case that is to fail fails: importing one or the other key; None: elsewhere."""
    if "IUT's" in result and "CAVS" not in result:
        return "private"
    return "public" if "public key" in result else None


def check_zz(tool, checks):
    """The secret itself."""
    for role in ("init", "resp"):
        name = f"ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_{role}.fax"
        for section, case in sections(name):
            algorithm, width, _ = CURVES[section.split(" ")[0]]
            blobs = ecc_blobs(case, algorithm, width)
            what = f"{name}, {section}, {case['COUNT']}: {case['Result']}"
            where = refusal(case["Result"])
            if where is not None and blobs is None:
                continue
            got = derived(tool, algorithm, blobs, "TRUNCATE", width)
            if where is not None:
                checks.equal(got, (where, INVALID_PARAMETER), what)
                continue
            told = int(case["Z"], 16).to_bytes(width, "big")
            checks.true((got[::-1] == told) != ("Z changed" in case["Result"]), what)


def check_concat(tool, checks):
    """SP 800-56A's function, with the hash that belongs to the curve."""
    for role in ("init", "resp"):
        name = f"ECDH/KASValidityTest_ECCStaticUnified_KDFConcat_NOKC_{role}.fax"
        for section, case in sections(name):
            short, told_hash = section.split(" - ")
            algorithm, width, own_hash = CURVES[short]
            if told_hash != own_hash:
                continue
            blobs = ecc_blobs(case, algorithm, width)
            what = f"{name}, {section}, {case['COUNT']}: {case['Result']}"
            where = refusal(case["Result"])
            if where is not None and blobs is None:
                continue
            told = bytes.fromhex(case["DKM"])
            got = derived(tool, algorithm, blobs, "SP800_56A_CONCAT", len(told),
                          f"8={case['OI']}", "9=-", "10=-")
            if where is not None:
                checks.equal(got, (where, INVALID_PARAMETER), what)
                continue
            changed = any(word in case["Result"] for word in ("Z changed", "OI changed", "DKM changed"))
            checks.true((got == told) != changed, what)


def check_brainpool(tool, checks):
    """RFC 7027."""
    cases, case = [], None
    for line in (VECTORS / "ECDH/brainpool.txt").read_text(encoding="ascii").splitlines():
        if line.startswith("COUNT"):
            case = {}
            cases.append(case)
        elif " = " in line:
            key, value = line.split(" = ")
            case[key] = value
    for case in cases:
        algorithm, width = f"ECDH:{case['curve']}", len(case["x_Z"]) // 2
        number = {key: int(value, 16) for key, value in case.items() if key != "curve"}
        for own, other in ("AB", "BA"):
            blobs = (blob(algorithm, 1, width, number[f"x_q{own}"], number[f"y_q{own}"],
                          number[f"d{own}"]),
                     blob(algorithm, 0, width, number[f"x_q{other}"], number[f"y_q{other}"]))
            got = derived(tool, algorithm, blobs, "TRUNCATE", width)
            checks.equal(got[::-1], bytes.fromhex(case["x_Z"]), f"RFC 7027, {case['curve']}")


def clamped(scalar):
    """As RFC 7748 demands it of whoever makes a scalar."""
    return bytes([scalar[0] & 0xF8]) + scalar[1:31] + bytes([scalar[31] & 0x7F | 0x40])


def check_x25519(tool, checks):
    """RFC 7748, section 5.2: the bytes as they are, but the top bit of a point must be clear."""
    lines = (VECTORS / "X25519/rfc7748.txt").read_text(encoding="ascii").splitlines()
    values = [bytes.fromhex(line.split(" = ")[1]) for line in lines if line.startswith(("INPUT", "OUTPUT"))]
    for scalar, point, told in zip(values[0::3], values[1::3], values[2::3]):
        blobs = [blob("ECDH", 1, 32, bytes(64), clamped(scalar)), blob("ECDH", 0, 32, point, bytes(32))]
        got = derived(tool, "ECDH:curve25519", blobs, "TRUNCATE", 32)
        if point[31] & 0x80:
            checks.equal(got, ("public", INVALID_PARAMETER), "RFC 7748: top bit")
            blobs[1] = blob("ECDH", 0, 32, point[:31] + bytes([point[31] & 0x7F]), bytes(32))
            got = derived(tool, "ECDH:curve25519", blobs, "TRUNCATE", 32)
        checks.equal(got[::-1], told, "RFC 7748")


def dh_blobs(p, g, x, y, other):
    """Private and public."""
    width = (p.bit_length() + 7) // 8
    return blob("DH", 1, width, p, g, y, x), blob("DH", 0, width, p, g, other)


def check_dh(tool, checks):
    """Groups of random primes, with both halves of each key."""
    case = {}
    for line in (VECTORS / "DH/vec.txt").read_text(encoding="ascii").splitlines():
        if " = " not in line:
            continue
        key, value = line.split(" = ")
        case[key] = value
        if key != "K":
            continue
        p, g, x, y = (int(case[name]) for name in "PGXY")
        width = (p.bit_length() + 7) // 8
        blobs = dh_blobs(p, g, x, pow(g, x, p), y)
        got = derived(tool, "DH", blobs, "TRUNCATE", width)
        if width < 64 or width % 8 != 0 or p.bit_length() % 8 != 0:
            checks.equal(got, ("private", INVALID_PARAMETER), f"vec.txt, {case['COUNT']}: {p.bit_length()} bits")
        else:
            checks.equal(got[::-1], int(case["K"], 16).to_bytes(width, "big"), f"vec.txt, {case['COUNT']}")


def ffc_cases(name):
    """Cases of finite fields, with the parameters of their section."""
    case = {}
    for line in (VECTORS / name).read_text(encoding="ascii").splitlines():
        if " = " in line and not line.startswith("#"):
            key, value = line.split(" = ", 1)
            case[key.strip()] = value.strip()
            if key.strip() == "Result":
                yield case


def check_ffc(tool, checks):
    """NIST's groups: a blob has no order of the subgroup, so bad members of it cannot be told."""
    for role in ("init", "resp"):
        name = f"DH/KASValidityTest_FFCStatic_NOKC_ZZOnly_{role}.fax"
        for case in ffc_cases(name):
            p, g, x, y, other, z = (int(case[key], 16) for key in (
                "P", "G", "XstatIUT", "YstatIUT", "YstatCAVS", "Z"))
            if "public key" in case["Result"] and "CAVS" in case["Result"]:
                continue
            width = (p.bit_length() + 7) // 8
            got = derived(tool, "DH", dh_blobs(p, g, x, y, other), "TRUNCATE", width)
            what = f"{name}, {case['COUNT']}: {case['Result']}"
            if "IUT's" in case["Result"]:
                checks.equal(got, ("private", INVALID_PARAMETER), what)
            else:
                told = z.to_bytes(width, "big")
                checks.true((got[::-1] == told) != ("Z changed" in case["Result"]), what)


PAIRS = (("ECDH_P256", ec.SECP256R1()), ("ECDH_P384", ec.SECP384R1()), ("ECDH_P521", ec.SECP521R1()))
HASHES = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256(), "SHA384": hashes.SHA384(),
          "SHA512": hashes.SHA512()}


def key_blob(algorithm, key):
    """Private, of a key of python3-cryptography."""
    numbers = key.private_numbers()
    public = numbers.public_numbers
    return blob(algorithm, 1, (key.curve.key_size + 7) // 8, public.x, public.y, numbers.private_value)


def public_blob(algorithm, key):
    """The public half."""
    public = key.public_key().public_numbers()
    return blob(algorithm, 0, (key.curve.key_size + 7) // 8, public.x, public.y)


def check_functions(tool, checks, source):
    """HASH, HMAC and HKDF of secrets of new keys, by another's hands."""
    for algorithm, curve in PAIRS:
        own, peer = ec.generate_private_key(curve), ec.generate_private_key(curve)
        secret = own.exchange(ec.ECDH(), peer.public_key())
        blobs = key_blob(algorithm, own), public_blob(algorithm, peer)
        for name, algorithm_of_hash in HASHES.items():
            front, back, key, info = (source.randbytes(source.randrange(1, 80)) for _ in range(4))
            told = wide(name).hex()
            got = derived(tool, algorithm, blobs, "HASH", 64, f"0={told}", f"1={front.hex()}", f"2={back.hex()}")
            checks.equal(got, hashlib.new(name.lower(), front + secret + back).digest(), f"HASH, {name}")
            got = derived(tool, algorithm, blobs, "HMAC", 64, f"0={told}", f"3={key.hex()}",
                          f"1={front.hex()}", f"2={back.hex()}")
            mac = hmac.HMAC(key, algorithm_of_hash)
            mac.update(front + secret + back)
            checks.equal(got, mac.finalize(), f"HMAC, {name}")
            for salt in (b"", key):
                got = derived(tool, algorithm, blobs, "HKDF", 100, f"0x14={info.hex()}",
                              f"hash={told}", f"salt={hexed(salt)}")
                expected = HKDF(algorithm_of_hash, 100, salt or None, info).derive(secret)
                checks.equal(got, expected, f"HKDF, {name}")


def check_bad_points(tool, checks, source):
    """Points of the twist and of other curves, coordinates that reach the prime, infinity."""
    for algorithm, curve in PAIRS:
        width = (curve.key_size + 7) // 8
        for _ in range(20):
            good = ec.generate_private_key(curve).public_key().public_numbers()
            bad = [(good.x, (good.y + source.randrange(1, 1 << 64)) % (1 << 8 * width)), (good.y, good.x),
                   (0, 0), (good.x, 0), ((1 << 8 * width) - 1, good.y)]
            for x, y in bad:
                got = tool.ask("convert", algorithm, "ECCPUBLICBLOB",
                               hexed(blob(algorithm, 0, width, x, y)), "ECCPUBLICBLOB")
                checks.equal(got, ("import", INVALID_PARAMETER), f"{algorithm}: a bad point")


class Vectors(WithTool):
    """A file or a standard each."""

    def test_nists_curves(self):
        check_zz(self.tool, self.checks)
        self.assert_held(150)

    def test_nists_concatenating_function(self):
        check_concat(self.tool, self.checks)
        self.assert_held(60)

    def test_rfc_7027(self):
        check_brainpool(self.tool, self.checks)
        self.assert_held(6)

    def test_rfc_7748(self):
        check_x25519(self.tool, self.checks)
        self.assert_held(2)

    def test_groups_of_random_primes(self):
        check_dh(self.tool, self.checks)
        self.assert_held(2)

    def test_nists_groups(self):
        check_ffc(self.tool, self.checks)
        self.assert_held(60)


class Random(WithTool):
    """Of a seed that is told."""

    def setUp(self):
        super().setUp()
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        self.source = random.Random(seed)

    def test_hash_hmac_and_hkdf(self):
        check_functions(self.tool, self.checks, self.source)
        self.assert_held(48)

    def test_points_that_are_none(self):
        check_bad_points(self.tool, self.checks, self.source)
        self.assert_held(300)


if __name__ == "__main__":
    WithTool.path = sys.argv.pop(1)
    unittest.main()
