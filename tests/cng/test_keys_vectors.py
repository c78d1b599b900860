#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Signatures, symmetric keys and key derivation against published vectors and the openssl command.

usage: test_keys_vectors.py TOOL
"""

import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import cryptography_vectors
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature, encode_dss_signature)

TOOL = sys.argv.pop(1) if len(sys.argv) > 1 else None
VECTORS = pathlib.Path(cryptography_vectors.__file__).parent
INVALID_SIGNATURE, TAG_MISMATCH, BAD_PARAMETER = "c000a000", "c000a002", "c000000d"
DATA_ERROR = "c000003e"

CURVES = {  # NIST's name: algorithm, python's curve, magics
    "P-192": ("ECDSA:nistP192", ec.SECP192R1(), b"ECDP", b"ECDV"),
    "P-224": ("ECDSA:nistP224", ec.SECP224R1(), b"ECDP", b"ECDV"),
    "P-256": ("ECDSA_P256", ec.SECP256R1(), b"ECS1", b"ECS2"),
    "P-384": ("ECDSA_P384", ec.SECP384R1(), b"ECS3", b"ECS4"),
    "P-521": ("ECDSA_P521", ec.SECP521R1(), b"ECS5", b"ECS6"),
    "K-256": ("ECDSA:secP256k1", ec.SECP256K1(), b"ECDP", b"ECDV"),
}
OPENSSL_CURVES = {
    "ECDSA_P256": "prime256v1", "ECDSA_P384": "secp384r1", "ECDSA_P521": "secp521r1",
    "ECDSA:secP256k1": "secp256k1", "ECDSA:brainpoolP512r1": "brainpoolP512r1",
    "ECDSA:nistP224": "secp224r1",
}
MAGICS = {"ECDSA_P256": (b"ECS1", b"ECS2"), "ECDSA_P384": (b"ECS3", b"ECS4"),
          "ECDSA_P521": (b"ECS5", b"ECS6")}
BITS = {"ECDSA_P256": 256, "ECDSA_P384": 384, "ECDSA_P521": 521}


class Tool:
    """tests/cng/keys_tool.c: a question, an answer."""

    def __init__(self):
        self.process = subprocess.Popen(
            [TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        """Bytes (several, when there are several words), or a status in hexadecimal digits."""
        told = [("-" if word == b"" else word.hex()) if isinstance(word, bytes) else str(word)
                for word in words]
        self.process.stdin.write(" ".join(told) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n").split(" ")
        if answer[0] != "ok":
            return answer[1]
        found = [bytes.fromhex(word) for word in answer[1:]]
        return found[0] if len(found) == 1 else tuple(found)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(30)


class WithTool(unittest.TestCase):
    def setUp(self):
        self.tool = Tool()

    def tearDown(self):
        self.assertEqual(self.tool.close(), 0)


def hex_of(text):
    return bytes.fromhex("0" * (len(text) % 2) + text)


def records(path, first):
    """Dictionaries of NAME = VALUE lines; a section's [NAME = VALUE, ...] and what stands before
    the first of names is in each that follows. FAIL alone is a name, too."""
    section, shared, current = {}, {}, {}
    for line in path.read_text(encoding="latin-1").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            if current:
                yield {**section, **shared, **current}
                current = {}
            for word in line.strip("[]").split(","):
                name, _, value = word.partition("=")
                section[name.strip()] = value.strip()
            section["section"] = line.strip("[]")
            continue
        name, _, value = (part.strip() for part in line.partition("="))
        if name == first:
            if current:
                yield {**section, **shared, **current}
            current = {name: value}
        elif current:
            current[name] = value
        else:
            shared[name] = value
    if current:
        yield {**section, **shared, **current}


def number(value, width):
    return value.to_bytes(width, "big")


class Ecdsa(WithTool):
    """NIST's signatures verify, or do not; ours verify elsewhere."""

    def blobs(self, name, x, y, d=None):
        algorithm, curve, public, private = CURVES[name]
        width = (curve.key_size + 7) // 8
        body = number(x, width) + number(y, width)
        if d is not None:
            return algorithm, private + width.to_bytes(4, "little") + body + number(d, width)
        return algorithm, public + width.to_bytes(4, "little") + body

    def check_signatures(self, path, at_least):
        results = {True: 0, False: 0}
        for vector in records(path, "Msg"):
            name, _, sha = vector["section"].partition(",")
            if name not in CURVES or "R" not in vector:
                continue
            width = (CURVES[name][1].key_size + 7) // 8
            digest = hashlib.new(sha.replace("SHA-", "sha"), bytes.fromhex(vector["Msg"])).digest()
            x, y, r, s = (int(vector[key], 16) for key in ("Qx", "Qy", "R", "S"))
            right = not vector.get("Result", "P").startswith("F")
            algorithm, blob = self.blobs(name, x, y)
            answer = self.tool.ask("verify", algorithm, blob, digest,
                                   number(r, width) + number(s, width))
            with self.subTest(vector=vector):
                if right:
                    self.assertEqual(answer, b"")
                else:  # some have a point that is none
                    self.assertIn(answer, (INVALID_SIGNATURE, BAD_PARAMETER))
            results[right] += 1
        self.assertGreaterEqual(results[True], at_least)
        return results[False]

    def test_verifies_what_nist_signed(self):
        folder = VECTORS / "asymmetric/ECDSA"
        self.check_signatures(folder / "FIPS_186-3/SigGen.txt", 200)
        self.check_signatures(folder / "SECP256K1/SigGen.txt", 10)

    def test_tells_right_from_wrong_as_nist_does(self):
        path = VECTORS / "asymmetric/ECDSA/FIPS_186-3/SigVer.rsp"
        self.assertGreater(self.check_signatures(path, 50), 150)

    def test_signs_what_others_verify(self):
        count = 0
        for vector in records(VECTORS / "asymmetric/ECDSA/FIPS_186-3/SigGen.txt", "Msg"):
            name, _, sha = vector["section"].partition(",")
            if name not in CURVES or "d" not in vector or count % 5:
                count += name in CURVES
                continue
            count += 1
            width = (CURVES[name][1].key_size + 7) // 8
            digest = hashlib.new(sha.replace("SHA-", "sha"), bytes.fromhex(vector["Msg"])).digest()
            x, y, d = (int(vector[key], 16) for key in ("Qx", "Qy", "d"))
            algorithm, blob = self.blobs(name, x, y, d)
            made = self.tool.ask("sign", algorithm, blob, digest)
            self.assertEqual(len(made), 2 * width)
            algorithm, blob = self.blobs(name, x, y)
            self.assertEqual(self.tool.ask("verify", algorithm, blob, digest, made), b"")
        self.assertGreater(count, 200)


def openssl(*arguments, check=True, **options):
    done = subprocess.run(["openssl", *map(str, arguments)], check=check, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **options)
    return done.stdout if check else done.returncode


class OpenSSL(WithTool):
    """The openssl command signs and verifies the same, encrypts and derives the same."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, data):
        (self.folder / name).write_bytes(data)
        return self.folder / name

    def public_key(self, algorithm, blob):
        """A file for openssl of a public or private blob."""
        width = int.from_bytes(blob[4:8], "little")
        group = OPENSSL_CURVES[algorithm]
        point = b"\x04" + blob[8:8 + 2 * width]
        curve = {"prime256v1": ec.SECP256R1, "secp384r1": ec.SECP384R1, "secp521r1": ec.SECP521R1,
                 "secp256k1": ec.SECP256K1, "brainpoolP512r1": ec.BrainpoolP512R1,
                 "secp224r1": ec.SECP224R1}[group]()
        key = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
        return self.write("public.pem", key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)), width

    def test_ours_verify_there(self):
        digest = hashlib.sha256(b"to be signed").digest()
        for algorithm in OPENSSL_CURVES:
            with self.subTest(algorithm=algorithm):
                private = self.tool.ask("generate", algorithm, BITS.get(algorithm, 0),
                                        "ECCPRIVATEBLOB")
                self.assertEqual(private[:4], MAGICS.get(algorithm, (b"ECDP", b"ECDV"))[1])
                made = self.tool.ask("sign", algorithm, private, digest)
                path, width = self.public_key(algorithm, private)
                r, s = (int.from_bytes(half, "big") for half in (made[:width], made[width:]))
                signature = self.write("signature", encode_dss_signature(r, s))
                words = ["pkeyutl", "-verify", "-pubin", "-inkey", path, "-sigfile", signature]
                self.assertEqual(
                    openssl(*words, "-in", self.write("digest", digest), check=False), 0)
                other = self.write("other", hashlib.sha256(b"another").digest())
                self.assertNotEqual(openssl(*words, "-in", other, check=False), 0)

    def test_theirs_verify_here(self):
        digest = hashlib.sha384(b"to be signed").digest()
        for algorithm, group in OPENSSL_CURVES.items():
            with self.subTest(algorithm=algorithm):
                path = self.folder / "key.pem"
                openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{group}",
                        "-out", path)
                key = serialization.load_pem_private_key(path.read_bytes(), None)
                width = (key.curve.key_size + 7) // 8
                numbers = key.private_numbers()
                point = b"".join(number(value, width) for value in (
                    numbers.public_numbers.x, numbers.public_numbers.y))
                public, private = MAGICS.get(algorithm, (b"ECDP", b"ECDV"))
                size = width.to_bytes(4, "little")
                der = openssl("pkeyutl", "-sign", "-inkey", path, "-in",
                              self.write("digest", digest))
                raw = b"".join(number(value, width) for value in decode_dss_signature(der))
                self.assertEqual(
                    self.tool.ask("verify", algorithm, public + size + point, digest, raw), b"")
                other = hashlib.sha384(b"another").digest()
                self.assertEqual(
                    self.tool.ask("verify", algorithm, public + size + point, other, raw),
                    INVALID_SIGNATURE)
                mine = self.tool.ask("sign", algorithm, private + size + point +
                                     number(numbers.private_value, width), digest)
                self.assertEqual(len(mine), 2 * width)

    def test_padded_ciphertexts_go_both_ways(self):
        key, iv = bytes(range(16)), bytes(range(16, 32))
        for mode in ("CBC", "ECB"):
            for size in (0, 1, 15, 16, 17, 100):
                with self.subTest(mode=mode, size=size):
                    plain = bytes(i & 255 for i in range(size))
                    words = ["enc", f"-aes-128-{mode.lower()}", "-K", key.hex(), "-in",
                             self.write("plain", plain)]
                    if mode == "CBC":
                        words += ["-iv", iv.hex()]
                    theirs = openssl(*words)
                    ours = self.tool.ask("encrypt", mode, 1, key, iv, plain)[0]
                    self.assertEqual(ours, theirs)
                    self.assertEqual(self.tool.ask("decrypt", mode, 1, key, iv, theirs)[0], plain)

    def kdf(self, size, name, *options):
        words = [word for option in options for word in ("-kdfopt", option)]
        return openssl("kdf", "-binary", "-keylen", size, *words, name)

    def test_keys_are_derived_alike(self):
        key, label, context = b"k" * 24, b"the label", b"the context"
        seed = bytes(range(64))
        for sha in ("SHA1", "SHA256", "SHA384", "SHA512"):
            told = "0=" + (sha + "\0").encode("utf-16-le").hex()
            for size in (1, 16, 32, 48, 65, 200):
                with self.subTest(hash=sha, size=size):
                    self.assertEqual(
                        self.tool.ask("derive", "SP800_108_CTR_HMAC", key, size, 0, told,
                                      "13=" + label.hex(), "14=" + context.hex()),
                        self.kdf(size, "KBKDF", "mac:HMAC", f"digest:{sha}", f"hexkey:{key.hex()}",
                                 f"hexsalt:{label.hex()}", f"hexinfo:{context.hex()}"))
                    self.assertEqual(
                        self.tool.ask("derive", "SP800_56A_CONCAT", key, size, 0, told,
                                      "8=" + label.hex(), "9=" + context.hex(), "10=ff"),
                        self.kdf(size, "SSKDF", f"digest:{sha}", f"hexkey:{key.hex()}",
                                 f"hexinfo:{(label + context).hex()}ff"))
                    self.assertEqual(
                        self.tool.ask("derive", "TLS1_2_KDF", key, size, 0, told,
                                      "4=" + label.hex(), "5=" + seed.hex()),
                        self.kdf(size, "TLS1-PRF", f"digest:{sha}", f"hexsecret:{key.hex()}",
                                 f"hexseed:{(label + seed).hex()}"))
                    self.assertEqual(
                        self.tool.ask("derive", "PBKDF2", key, size, 0, told,
                                      "15=" + label.hex(), "16=05000000"),
                        hashlib.pbkdf2_hmac(sha, key, label, 5, size))
        for size in (1, 16, 48, 100):
            self.assertEqual(
                self.tool.ask("derive", "TLS1_1_KDF", key, size, 0, "4=" + label.hex(),
                              "5=" + seed.hex()),
                self.kdf(size, "TLS1-PRF", "digest:MD5-SHA1", f"hexsecret:{key.hex()}",
                         f"hexseed:{(label + seed).hex()}"))


class Derivation(WithTool):
    def test_hkdf_of_the_standard(self):
        count = 0
        for sha in ("SHA1", "SHA256"):
            told = "hash=" + (sha + "\0").encode("utf-16-le").hex()
            for vector in records(VECTORS / f"KDF/rfc-5869-HKDF-{sha}.txt", "COUNT"):
                with self.subTest(vector=vector):
                    salt, info = (vector.get(name, "").replace("None", "") or "-"
                                  for name in ("salt", "info"))
                    made = self.tool.ask("derive", "HKDF", bytes.fromhex(vector["IKM"]),
                                         vector["L"], 0, told, f"salt={salt}", f"0x14={info}")
                    self.assertEqual(made.hex(), vector["OKM"].lower())
                    count += 1
        self.assertGreaterEqual(count, 6)

    def test_pbkdf2_of_the_standard(self):
        told, count = "0=" + "SHA1\0".encode("utf-16-le").hex(), 0
        for vector in records(VECTORS / "KDF/rfc-6070-PBKDF2-SHA1.txt", "COUNT"):
            if int(vector["ITERATIONS"]) > 5000:
                continue
            password, salt = (vector[name].encode().replace(b"\\0", b"\0")
                              for name in ("PASSWORD", "SALT"))
            times = int(vector["ITERATIONS"]).to_bytes(8, "little").hex()
            made = self.tool.ask("derive", "PBKDF2", password, vector["LENGTH"], 0, told,
                                 f"15={salt.hex()}", f"16={times}")
            with self.subTest(vector=vector):
                self.assertEqual(made.hex(), vector["DERIVED_KEY"].lower())
            count += 1
        self.assertGreaterEqual(count, 4)


class Aes(WithTool):
    """Every file of NIST's for a mode; what goes in comes out again."""

    def check_mode(self, mode, folder, prefix):
        count = 0
        for path in sorted((VECTORS / "ciphers/AES" / folder).glob(f"{prefix}*.rsp")):
            for vector in records(path, "COUNT"):
                key, plain, made = (bytes.fromhex(vector[name])
                                    for name in ("KEY", "PLAINTEXT", "CIPHERTEXT"))
                iv = bytes.fromhex(vector.get("IV", ""))
                with self.subTest(path=path.name, vector=vector):
                    out, after = self.tool.ask("encrypt", mode, 0, key, iv, plain)
                    self.assertEqual(out, made)
                    self.assertEqual(after, (iv + made)[-16:] if iv else b"")
                    out, after = self.tool.ask("decrypt", mode, 0, key, iv, made)
                    self.assertEqual(out, plain)
                    self.assertEqual(after, (iv + made)[-16:] if iv else b"")
                count += 1
        self.assertGreater(count, 500)

    def test_ecb(self):
        self.check_mode("ECB", "ECB", "ECB")

    def test_cbc(self):
        self.check_mode("CBC", "CBC", "CBC")

    def test_cfb_of_bytes(self):
        self.check_mode("CFB8", "CFB", "CFB8")

    def test_cfb_of_blocks(self):
        self.check_mode("CFB128", "CFB", "CFB128")

    def test_a_long_message_in_pieces(self):
        key, plain = bytes(range(24)), bytes(i * 7 & 255 for i in range(16 * 20))
        for mode in ("CBC", "CFB8", "CFB128"):
            iv = whole_iv = bytes(range(16))
            whole = self.tool.ask("encrypt", mode, 0, key, whole_iv, plain)
            out = b""
            for at in range(0, len(plain), 64):
                piece, iv = self.tool.ask("encrypt", mode, 0, key, iv, plain[at:at + 64])
                out += piece
            self.assertEqual((out, iv), whole)
            iv, back = whole_iv, b""
            for at in range(0, len(plain), 48):
                piece, iv = self.tool.ask("decrypt", mode, 0, key, iv, out[at:at + 48])
                back += piece
            self.assertEqual((back, iv), (plain, whole[1]))


class Authenticated(WithTool):
    def check_gcm(self, vector, piece):
        key, nonce, aad, made, tag = (bytes.fromhex(vector[name])
                                      for name in ("Key", "IV", "AAD", "CT", "Tag"))
        answer = self.tool.ask("open", "GCM", key, nonce, aad, made, tag, piece)
        with self.subTest(vector=vector, piece=piece):
            if "FAIL" in vector:
                self.assertEqual(answer, TAG_MISMATCH)
                return
            plain = bytes.fromhex(vector["PT"])
            self.assertEqual(answer, plain)
            self.assertEqual(
                self.tool.ask("seal", "GCM", key, nonce, aad, plain, len(tag), piece), made + tag)
            if not plain and not piece:
                self.assertEqual(
                    self.tool.ask("seal", "GMAC", key, nonce, aad, b"", len(tag), 0), tag)
                self.assertEqual(
                    self.tool.ask("open", "GMAC", key, nonce, aad, b"", tag, 0), b"")

    def test_gcm_at_once_and_in_chains(self):
        seen = {"FAIL": 0, "PT": 0}
        for bits in (128, 192, 256):
            vectors = [vector for vector in records(
                VECTORS / f"ciphers/AES/GCM/gcmDecrypt{bits}.rsp", "Count")
                if vector["IVlen"] == "96" and int(vector["Taglen"]) >= 96]
            for i, vector in enumerate(vectors[::3]):
                self.check_gcm(vector, 0)
                self.check_gcm(vector, (16, 32, 48)[i % 3])
                seen["FAIL" if "FAIL" in vector else "PT"] += 1
        self.assertGreater(seen["FAIL"], 300)
        self.assertGreater(seen["PT"], 300)

    def check_ccm(self, vector):
        key, nonce = bytes.fromhex(vector["Key"]), bytes.fromhex(vector["Nonce"])
        size, tag_len = int(vector["Plen"]), int(vector["Tlen"])
        aad = bytes.fromhex(vector["Adata"])[:int(vector["Alen"])]
        made = bytes.fromhex(vector["CT"])
        made, tag = made[:size], made[size:]
        self.assertEqual(len(tag), tag_len)
        answer = self.tool.ask("open", "CCM", key, nonce, aad, made, tag, 0)
        with self.subTest(vector=vector):
            if vector.get("Result", "Pass").startswith("Fail"):
                self.assertEqual(answer, TAG_MISMATCH)
                return False
            plain = bytes.fromhex(vector["Payload"])[:size]
            self.assertEqual(answer, plain)
            self.assertEqual(
                self.tool.ask("seal", "CCM", key, nonce, aad, plain, tag_len, 0), made + tag)
        return True

    def test_ccm(self):
        results = {True: 0, False: 0}
        for kind in ("DVPT", "VNT", "VPT", "VTT"):
            for bits in (128, 192, 256):
                path = VECTORS / f"ciphers/AES/CCM/{kind}{bits}.rsp"
                for i, vector in enumerate(records(path, "Count")):
                    if i % 3 == 0:
                        results[self.check_ccm(vector)] += 1
        self.assertGreater(results[True], 200)
        self.assertGreater(results[False], 50)

    def test_wrapped_keys(self):
        results = {True: 0, False: 0}
        for bits in (128, 192, 256):
            path = VECTORS / f"keywrap/kwtestvectors/KW_AD_{bits}.txt"
            for vector in records(path, "COUNT"):
                size = int(vector["PLAINTEXT LENGTH"])
                if size not in (128, 192, 256):
                    continue
                wrapping, made = bytes.fromhex(vector["K"]), bytes.fromhex(vector["C"])
                answer = self.tool.ask("unwrap", wrapping, made)
                right = "FAIL" not in vector
                with self.subTest(vector=vector):
                    if right:
                        plain = bytes.fromhex(vector["P"])
                        self.assertEqual(answer, plain)
                        self.assertEqual(self.tool.ask("wrap", wrapping, plain), made)
                    else:
                        self.assertEqual(answer, BAD_PARAMETER)
                results[right] += 1
        self.assertGreater(results[True], 100)
        self.assertGreater(results[False], 30)


class Answers(WithTool):
    """The tool says what went wrong."""

    def test_statuses_are_told(self):
        key, iv = bytes(16), bytes(16)
        self.assertEqual(self.tool.ask("encrypt", "CBC", 0, bytes(15), iv, b""), BAD_PARAMETER)
        self.assertEqual(self.tool.ask("encrypt", "CBC", 0, key, iv, b"x"), "c0000206")
        self.assertEqual(self.tool.ask("decrypt", "CBC", 1, key, iv, bytes(16)), DATA_ERROR)
        self.assertEqual(self.tool.ask("derive", "PBKDF2", b"p", 8, 0), BAD_PARAMETER)
        self.assertEqual(self.tool.ask("sign", "NONSENSE", b"", b""), "c0000225")
        self.assertTrue(re.fullmatch(r"[0-9a-f]{8}", self.tool.ask("unwrap", key, b"short")))


if __name__ == "__main__":
    unittest.main()
