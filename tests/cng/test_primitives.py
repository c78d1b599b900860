#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hashes, MACs and RSA against published vectors and against the openssl command.

usage: test_primitives.py TOOL
"""

import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

import cryptography_vectors

TOOL = sys.argv.pop(1) if len(sys.argv) > 1 else None
VECTORS = pathlib.Path(cryptography_vectors.__file__).parent
OAEP_HASHES = {"sha1": "SHA1", "sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}


class Tool:
    """The primitives, by tests/cng/tool.c: a question, an answer."""

    def __init__(self):
        self.process = subprocess.Popen(
            [TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        """Bytes, or the number of a status."""
        told = [("-" if word == b"" else word.hex()) if isinstance(word, bytes) else str(word)
                for word in words]
        self.process.stdin.write(" ".join(told) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if answer[0] == "status":
            return int(answer[1], 16)
        return b"" if answer[0] == "-" else bytes.fromhex(answer[0])

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(30)


class WithTool(unittest.TestCase):
    def setUp(self):
        self.tool = Tool()

    def tearDown(self):
        self.assertEqual(self.tool.close(), 0)


def assignments(path):
    """Dictionaries of the NAME = VALUE lines of one block each."""
    for block in re.split(r"\n\s*\n", path.read_text(encoding="ascii").replace("\r", "")):
        found = dict(re.findall(r"^(\w+) =[ \t]*(\S*)$", block, re.MULTILINE))
        if found:
            yield found


def hex_of(text):
    return bytes.fromhex("0" * (len(text) % 2) + text)


class Vectors(WithTool):
    def check_hash(self, name, path):
        count = 0
        for vector in assignments(VECTORS / "hashes" / path):
            if "MD" in vector:
                message = bytes.fromhex(vector["Msg"])[:int(vector["Len"]) // 8]
                self.assertEqual(self.tool.ask("hash", name, message).hex(), vector["MD"].lower())
                count += 1
        self.assertGreater(count, 30)

    def test_hashes(self):
        for name, path in {
            "SHA1": "SHA1/SHA1ShortMsg.rsp",
            "SHA256": "SHA2/SHA256ShortMsg.rsp",
            "SHA384": "SHA2/SHA384ShortMsg.rsp",
            "SHA512": "SHA2/SHA512ShortMsg.rsp",
            "SHA3-256": "SHA3/SHA3_256ShortMsg.rsp",
            "SHA3-384": "SHA3/SHA3_384ShortMsg.rsp",
            "SHA3-512": "SHA3/SHA3_512ShortMsg.rsp",
        }.items():
            with self.subTest(hash=name):
                self.check_hash(name, path)

    def test_hmacs(self):
        for name, path in {
            "MD5": "rfc-2202-md5.txt",
            "SHA1": "rfc-2202-sha1.txt",
            "SHA256": "rfc-4231-sha256.txt",
            "SHA384": "rfc-4231-sha384.txt",
            "SHA512": "rfc-4231-sha512.txt",
        }.items():
            vectors = [v for v in assignments(VECTORS / "HMAC" / path) if "MD" in v]
            self.assertGreater(len(vectors), 5)
            for vector in vectors:
                with self.subTest(hash=name, vector=vector):
                    tag = self.tool.ask("mac", name, bytes.fromhex(vector["Key"]),
                                        bytes.fromhex(vector["Msg"]))
                    self.assertEqual(tag.hex()[:len(vector["MD"])], vector["MD"].lower())

    def test_cmacs(self):
        for bits in (128, 192, 256):
            vectors = [v for v in assignments(VECTORS / f"CMAC/nist-800-38b-aes{bits}.txt")
                       if "OUTPUT" in v]
            self.assertGreater(len(vectors), 3)
            for vector in vectors:
                with self.subTest(vector=vector):
                    tag = self.tool.ask("mac", "AES-CMAC", bytes.fromhex(vector["KEY"]),
                                        bytes.fromhex(vector["MESSAGE"]))
                    self.assertEqual(tag.hex(), vector["OUTPUT"].lower())


def labelled(path):
    """(label, bytes) for the lines of hexadecimal digits below each comment."""
    label, digits = None, ""
    for line in [*path.read_text(encoding="ascii").splitlines(), "# end"]:
        line = line.strip()
        if not line or set(line) in ({"="}, {"-"}):
            continue
        if re.fullmatch(r"[0-9a-f ]+", line):
            digits += line.replace(" ", "")
            continue
        if digits:
            yield label, hex_of(digits)
        label, digits = line.strip("# :").lower(), ""


def rsa_blob(magic, numbers):
    """BCRYPT_RSAKEY_BLOB and the numbers behind it: e n [p q [dp dq qinv d]]."""
    e, n = numbers[0].lstrip(b"\0"), numbers[1].lstrip(b"\0")
    bits = int.from_bytes(n, "big").bit_length()
    primes = [number.lstrip(b"\0") for number in numbers[2:4]]
    sizes = [len(e), len(n), *([len(prime) for prime in primes] or [0, 0])]
    words = magic + b"".join(size.to_bytes(4, "little") for size in (bits, *sizes))
    widths = [sizes[2], sizes[3], sizes[2], sizes[1]]
    rest = [number.lstrip(b"\0").rjust(width, b"\0") for number, width in zip(numbers[4:], widths)]
    return words + e + n + b"".join(primes) + b"".join(rest)


def rsa_numbers(blob):
    """The integers of a blob, in its order."""
    _, e, n, p, q = (int.from_bytes(blob[at:at + 4], "little") for at in range(4, 24, 4))
    found, at = [], 24
    for width in (e, n, p, q, p, q, p, n):
        if at < len(blob) and width:
            found.append(int.from_bytes(blob[at:at + width], "big"))
            at += width
    assert at == len(blob)
    return found


class Oaep(WithTool):
    def check_file(self, path, name):
        """Keys in order, each with what was encrypted to it."""
        numbers, message, tried = {}, None, 0
        order = ("public exponent", "modulus", "prime 1", "prime 2", "prime exponent 1",
                 "prime exponent 2", "coefficient", "exponent")
        for label, value in labelled(path):
            if label == "modulus":
                numbers = {}
            label = {"p": "prime 1", "q": "prime 2", "p's crt exponent": "prime exponent 1",
                     "q's crt exponent": "prime exponent 2",
                     "crt coefficient": "coefficient"}.get(label, label)
            if label in order:
                numbers[label] = value
                message = None
            elif label == "message" or label.startswith("message to be"):
                message = value
            elif label == "encryption":
                if len(numbers) == len(order):
                    blob = rsa_blob(b"RSA3", [numbers[part] for part in order])
                    self.assertEqual(self.tool.ask("import", "RSAFULLPRIVATEBLOB", blob), b"")
                    self.assertEqual(self.tool.ask("export", "RSAFULLPRIVATEBLOB"), blob)
                    numbers = {}
                self.assertEqual(self.tool.ask("decrypt", "oaep", name, b"", value), message)
                tried += 1
        return tried

    def test_of_the_standard(self):
        path = VECTORS / "asymmetric/RSA/pkcs-1v2-1d2-vec/oaep-vect.txt"
        self.assertEqual(self.check_file(path, "SHA1"), 60)

    def test_with_other_hashes(self):
        for file, name in OAEP_HASHES.items():
            path = VECTORS / f"asymmetric/RSA/oaep-custom/oaep-{file}-{file}.txt"
            if path.exists():
                with self.subTest(hash=name):
                    self.assertGreater(self.check_file(path, name), 20)


def der(tag, body):
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | width]) + size.to_bytes(width, "big") + body


def der_integer(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def der_numbers(data):
    """The integers of a DER sequence of nothing else."""
    def header(at):
        size, start = data[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7f
            size = int.from_bytes(data[at + 2:start], "big")
        return start, size

    at, _ = header(0)
    while at < len(data):
        start, size = header(at)
        yield int.from_bytes(data[start:start + size], "big")
        at = start + size


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **options).stdout


class OpenSSL(WithTool):
    """Keys of either go to the other, and what one encrypts the other decrypts."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, data):
        (self.folder / name).write_bytes(data)
        return self.folder / name

    def check_both_ways(self, private):
        """The same key is in the tool."""
        padded = {
            "pkcs1": ["rsa_padding_mode:pkcs1"],
            **{name: ["rsa_padding_mode:oaep", f"rsa_oaep_md:{digest}", f"rsa_mgf1_md:{digest}",
                      "rsa_oaep_label:6c6162656c"] for digest, name in OAEP_HASHES.items()},
        }
        message = b"both ways"
        plain = self.write("plain", message)
        for name, options in padded.items():
            words = [word for option in options for word in ("-pkeyopt", option)]
            kind = "pkcs1" if name == "pkcs1" else "oaep"
            label = b"" if kind == "pkcs1" else b"label"
            with self.subTest(padding=name):
                block = openssl("pkeyutl", "-encrypt", "-inkey", private, "-in", plain, *words)
                self.assertEqual(self.tool.ask("decrypt", kind, name, label, block), message)
                mine = self.tool.ask("encrypt", kind, name, label, message)
                theirs = openssl("pkeyutl", "-decrypt", "-inkey", private, "-in",
                                 self.write("block", mine), *words)
                self.assertEqual(theirs, message)

    def test_keys_of_openssl(self):
        private = self.folder / "key.pem"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048",
                "-out", private)
        data = openssl("rsa", "-in", private, "-outform", "DER", "-traditional")
        _, n, e, d, p, q, dp, dq, qinv = der_numbers(data)
        order = [number.to_bytes(256, "big") for number in (e, n, p, q, dp, dq, qinv, d)]
        full = rsa_blob(b"RSA3", order)
        for kind, blob in (("RSAPRIVATEBLOB", rsa_blob(b"RSA2", order[:4])),
                           ("RSAFULLPRIVATEBLOB", full)):
            with self.subTest(blob=kind):
                self.assertEqual(self.tool.ask("import", kind, blob), b"")
                self.assertEqual(self.tool.ask("export", kind), blob)
                self.assertEqual(rsa_numbers(self.tool.ask("export", "RSAFULLPRIVATEBLOB"))[4:7],
                                 [dp, dq, qinv])
                self.check_both_ways(private)

    def test_keys_of_ours(self):
        self.assertEqual(self.tool.ask("generate", 1600), b"")
        e, n, p, q, dp, dq, qinv, d = rsa_numbers(self.tool.ask("export", "RSAFULLPRIVATEBLOB"))
        self.assertEqual(n.bit_length(), 1600)
        key = der(0x30, b"".join(der_integer(x) for x in (0, n, e, d, p, q, dp, dq, qinv)))
        private = self.folder / "key.pem"
        openssl("rsa", "-inform", "DER", "-in", self.write("key.der", key), "-out", private)
        self.assertIn(b"RSA key ok", openssl("rsa", "-in", private, "-check", "-noout"))
        self.check_both_ways(private)

    def test_public_keys(self):
        self.assertEqual(self.tool.ask("generate", 1024), b"")
        private = self.tool.ask("export", "RSAPRIVATEBLOB")
        public = self.tool.ask("export", "RSAPUBLICBLOB")
        e, n = rsa_numbers(public)
        self.assertEqual(rsa_numbers(private)[:2], [e, n])
        key = der(0x30, der_integer(n) + der_integer(e))
        path = self.folder / "public.pem"
        openssl("rsa", "-RSAPublicKey_in", "-inform", "DER", "-in", self.write("key.der", key),
                "-pubout", "-out", path)
        block = openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", path, "-in",
                        self.write("plain", b"to you"))
        self.assertEqual(self.tool.ask("decrypt", "pkcs1", "-", b"", block), b"to you")
        raw = random.Random(1).randbytes(127).rjust(128, b"\0")
        self.assertEqual(self.tool.ask("import", "PUBLICBLOB", public), b"")
        value = pow(int.from_bytes(raw, "big"), e, n)
        self.assertEqual(self.tool.ask("encrypt", "none", "-", b"", raw),
                         value.to_bytes(128, "big"))


class Answers(WithTool):
    """The tool says what went wrong."""

    def test_statuses_are_told(self):
        self.assertEqual(self.tool.ask("hash", "NONSENSE", b""), 0xC0000225)
        self.assertEqual(self.tool.ask("mac", "AES-CMAC", b"short", b""), 0xC000000D)
        self.assertEqual(self.tool.ask("export", "RSAPUBLICBLOB"), 0xC0000008)
        self.assertEqual(self.tool.ask("hash", "SHA1", b""),
                         bytes.fromhex("da39a3ee5e6b4b0d3255bfef95601890afd80709"))


if __name__ == "__main__":
    unittest.main()
