#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the test vectors of this folder with `openssl` commands and python3-cryptography.

It shares nothing with the project but the published rules. Without arguments it writes *.txt, and
keys/*.pem where they are missing. With --check it writes nothing: what is deterministic must come
out as committed, and what is not (blocks padded by openssl) must still decrypt as committed.
"""
import hashlib
import os
import subprocess
import sys
import tempfile

try:
    from cryptography.hazmat.primitives import cmac, hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
except ImportError:
    print("python3-cryptography is missing")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
PASSPHRASE = "glass case"


def openssl(*args, data=b"", fails=False):
    done = subprocess.run(("openssl",) + args, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if (done.returncode != 0) != fails:
        raise SystemExit(f"openssl {' '.join(args)}: {done.returncode} {done.stderr.decode()}")
    return done.stdout


def stream(label, length):
    """Bytes that look random and are the same at every run."""
    return hashlib.shake_256(b"vitrine vector: " + label.encode()).digest(length)


def key_path(name):
    return os.path.join(HERE, "keys", name)


# ---------------------------------------------------------------- keys

def rsa_options(**options):
    return [word for name, value in options.items()
            for word in ("-pkeyopt", f"rsa_keygen_{name}:{value}")]


KEYS = {
    "rsa2048.pem": ["RSA"] + rsa_options(bits=2048),
    "foreign2048.pem": ["RSA"] + rsa_options(bits=2048),
    "rsa1024.pem": ["RSA"] + rsa_options(bits=1024),
    "rsa2047.pem": ["RSA"] + rsa_options(bits=2047),
    "rsa3072.pem": ["RSA"] + rsa_options(bits=3072),
    "exponent3.pem": ["RSA"] + rsa_options(bits=2048, pubexp=3),
    "exponent33bits.pem": ["RSA"] + rsa_options(bits=2048, pubexp=(1 << 32) + 1),
    "three-primes.pem": ["RSA"] + rsa_options(bits=2048, primes=3),
    "pss2048.pem": ["RSA-PSS"] + rsa_options(bits=2048),
    "ec256.pem": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
}


def make_keys():
    os.makedirs(os.path.join(HERE, "keys"), exist_ok=True)
    for name, (algorithm, *options) in KEYS.items():
        if not os.path.exists(key_path(name)):
            openssl("genpkey", "-quiet", "-algorithm", algorithm, "-out", key_path(name), *options)
    if not os.path.exists(key_path("encrypted2048.pem")):
        openssl("pkcs8", "-topk8", "-in", key_path("rsa2048.pem"), "-v2", "aes-256-cbc",
                "-passout", f"pass:{PASSPHRASE}", "-out", key_path("encrypted2048.pem"))
    if not os.path.exists(key_path("public2048.pem")):
        openssl("pkey", "-in", key_path("rsa2048.pem"), "-pubout",
                "-out", key_path("public2048.pem"))


def private_key():
    with open(key_path("rsa2048.pem"), "rb") as file:
        return serialization.load_pem_private_key(file.read(), None)


# ---------------------------------------------------------------- exchange

BLOCK = 256


def mgf1(seed, length, hash_name):
    out = b""
    while len(out) < length:
        out += hashlib.new(hash_name, seed + (len(out) // len(hashlib.new(hash_name).digest()))
                           .to_bytes(4, "big")).digest()
    return out[:length]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


class Encoding:
    """One RSAES-OAEP encoding of RFC 8017, with every part open to be made wrong."""

    def __init__(self, name, message, md="sha512", mgf_md=None, label=b""):
        self.mgf_md = mgf_md or md
        self.first = 0
        self.label_hash = hashlib.new(md, label).digest()
        self.seed = stream("seed of " + name, len(self.label_hash))
        rest = BLOCK - 2 - 2 * len(self.label_hash)
        self.padding = bytes(rest - len(message))
        self.separator = b"\x01"
        self.message = message

    def block(self, key):
        data = self.label_hash + self.padding + self.separator + self.message
        masked = xor(data, mgf1(self.seed, len(data), self.mgf_md))
        seed = xor(self.seed, mgf1(masked, len(self.seed), self.mgf_md))
        return encrypt(key, bytes([self.first]) + seed + masked)


def encrypt(key, encoded):
    assert len(encoded) == BLOCK
    numbers = key.public_key().public_numbers()
    value = int.from_bytes(encoded, "big")
    assert value < numbers.n
    return pow(value, numbers.e, numbers.n).to_bytes(BLOCK, "big")


OAEP_OPTIONS = [word for option in ("rsa_padding_mode:oaep", "rsa_oaep_md:sha512",
                                    "rsa_mgf1_md:sha512") for word in ("-pkeyopt", option)]


def openssl_encrypt(message):
    return openssl("pkeyutl", "-encrypt", "-inkey", key_path("rsa2048.pem"), *OAEP_OPTIONS,
                   data=message)


def openssl_decrypt(block, fails=False):
    with tempfile.NamedTemporaryFile() as file:
        file.write(block)
        file.flush()
        return openssl("pkeyutl", "-decrypt", "-inkey", key_path("rsa2048.pem"), "-in", file.name,
                       *OAEP_OPTIONS, fails=fails)


def library_encrypt(key, message):
    return key.public_key().encrypt(message, padding.OAEP(
        mgf=padding.MGF1(hashes.SHA512()), algorithm=hashes.SHA512(), label=None))


def good(name, message, block, **extra):
    return dict(name=name, expect="good", plaintext=message, block=block, **extra)


def bad(name, block, **extra):
    return dict(name=name, expect="refused", block=block, **extra)


def opm_plaintext():
    """As the handshake packs it: random number, AES key, sequence numbers."""
    return stream("handshake", 40)


def made_by_tools(key):
    session_key = stream("session key", 16)
    return [
        good("session key, padded by openssl", session_key, openssl_encrypt(session_key),
             made="openssl pkeyutl"),
        good("session key, padded by python3-cryptography", session_key,
             library_encrypt(key, session_key), made="python3-cryptography"),
        good("handshake of 40 bytes, padded by openssl", opm_plaintext(),
             openssl_encrypt(opm_plaintext()), made="openssl pkeyutl"),
    ]


def good_lengths(key):
    cases = []
    for length in (0, 1, 15, 16, 17, 39, 40, 41, 125, 126):
        name = f"{length} bytes"
        message = stream(name, length)
        cases.append(good(name, message, Encoding(name, message).block(key)))
    return cases


def flipped(data, at, bit):
    changed = bytearray(data)
    changed[at] ^= 1 << bit
    return bytes(changed)


def bad_parts(key):
    message = stream("session key", 16)
    cases = []

    def add(name, **parts):
        encoding = Encoding(name, message)
        for part, value in parts.items():
            setattr(encoding, part, value)
        cases.append(bad(name, encoding.block(key)))

    right = Encoding("", message)
    add("first byte of the label hash", label_hash=flipped(right.label_hash, 0, 0))
    add("last byte of the label hash", label_hash=flipped(right.label_hash, 63, 7))
    add("label hash of zeros", label_hash=bytes(64))
    add("leading byte 1", first=1)
    add("leading byte 0x7f", first=0x7F)
    add("first padding byte is 2", padding=b"\x02" + right.padding[1:])
    add("first padding byte is 0xff", padding=b"\xff" + right.padding[1:])
    add("middle padding byte is 2", padding=flipped(right.padding, 55, 1))
    add("last padding byte is 0x80", padding=right.padding[:-1] + b"\x80")
    add("separator is 0", separator=b"\x00", message=b"\x02" + message[1:])
    add("separator is 2", separator=b"\x02")
    add("separator is 0x81", separator=b"\x81")
    add("nothing but padding", padding=bytes(127), separator=b"", message=b"")
    add("leading byte 1 and a wrong label hash", first=1, label_hash=bytes(64))
    return cases


def bad_parameters(key):
    message = stream("session key", 16)
    other = [
        ("SHA-1 for label and mask", dict(md="sha1")),
        ("SHA-256 for label and mask", dict(md="sha256")),
        ("SHA-384 for label and mask", dict(md="sha384")),
        ("SHA-512 for the label, SHA-1 for the mask", dict(mgf_md="sha1")),
        ("SHA-512 for the label, SHA-256 for the mask", dict(mgf_md="sha256")),
        ("a label", dict(label=b"session")),
        ("a label of one zero", dict(label=b"\0")),
    ]
    cases = [bad(name, Encoding(name, message, **parts).block(key)) for name, parts in other]
    version_1_5 = b"\x00\x02" + b"\x5a" * (BLOCK - 19) + b"\x00" + message
    cases.append(bad("padding of PKCS #1 v1.5", encrypt(key, version_1_5)))
    cases.append(bad("no padding", encrypt(key, bytes(BLOCK - 16) + message)))
    return cases


def bad_values(key):
    n = key.public_key().public_numbers().n
    values = [
        ("value 0", 0), ("value 1", 1), ("value 2", 2), ("value n - 1", n - 1), ("value n", n),
        ("value n + 1", n + 1), ("value n + 2", n + 2), ("value 2^2048 - 1", (1 << 2048) - 1),
    ]
    cases = [bad(name, value.to_bytes(BLOCK, "big")) for name, value in values]
    cases.append(bad("a good block plus n", good_plus_modulus(key, n)))
    cases.append(bad("a block for another key", foreign_block()))
    return cases


def good_plus_modulus(key, n):
    for attempt in range(1000):
        name = f"good plus n, attempt {attempt}"
        value = n + int.from_bytes(Encoding(name, stream("session key", 16)).block(key), "big")
        if value < 1 << 2048:
            return value.to_bytes(BLOCK, "big")
    raise SystemExit("no block is small enough")


def foreign_block():
    with open(key_path("foreign2048.pem"), "rb") as file:
        foreign = serialization.load_pem_private_key(file.read(), None)
    n = private_key().public_key().public_numbers().n
    for attempt in range(1000):
        name = f"foreign, attempt {attempt}"
        block = Encoding(name, stream("session key", 16)).block(foreign)
        if int.from_bytes(block, "big") < n:
            return block
    raise SystemExit("no block is small enough")


def exchange():
    key = private_key()
    return (made_by_tools(key) + good_lengths(key) + bad_parts(key) + bad_parameters(key)
            + bad_values(key))


def confirm_exchange(cases):
    """openssl must agree with every block, whoever made it."""
    for case in cases:
        if case["expect"] == "good":
            assert openssl_decrypt(case["block"]) == case["plaintext"], case["name"]
        else:
            openssl_decrypt(case["block"], fails=True)


# ---------------------------------------------------------------- symmetric

def ecb(key, data):
    return openssl("enc", "-aes-128-ecb", "-K", key.hex(), "-nopad", data=data) if data else b""


def key_stream(key, iv, count, length):
    """The published rule read literally: the count has 64 bits and never reaches the IV."""
    blocks = b"".join(iv + ((count + i) % (1 << 64)).to_bytes(8, "big")
                      for i in range((length + 15) // 16))
    return ecb(key, blocks)[:length]


def ctr_case(name, count, offset, length):
    key, iv = stream(name + " key", 16), stream(name + " iv", 8)
    data = stream(name + " data", length)
    output = xor(data, key_stream(key, iv, count, offset + length)[offset:])
    counter = iv + count.to_bytes(8, "big")
    if count + (offset + length + 15) // 16 <= 1 << 64:
        cipher = Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor()
        assert cipher.update(bytes(offset) + data)[offset:] == output, name
    return dict(name=name, key=key, counter=counter, offset=offset, input=data, output=output)


def ctr():
    starts = [
        ("0", 0), ("2^32 - 2", (1 << 32) - 2), ("2^64 - 2", (1 << 64) - 2),
        ("2^63 - 2", (1 << 63) - 2), ("2^40 + 2^32 - 2", (1 << 40) + (1 << 32) - 2),
    ]
    cases = [ctr_case(f"count {text}, offset {offset}", count, offset, 87)
             for text, count in starts for offset in range(16)]
    cases += [ctr_case(f"length {length}", 7, 0, length)
              for length in (1, 15, 16, 17, 31, 32, 33, 127, 128, 129, 255, 256, 257, 4096, 4099)]
    cases += [ctr_case(f"offset {offset} over the edge of 2^32", (1 << 32) - 4, offset, 70)
              for offset in (47, 48, 49, 63, 64, 65)]
    return cases


def content_key():
    cases = []
    for i in range(8):
        session_key, key = stream(f"session key {i}", 16), stream(f"content key {i}", 16)
        cases.append(dict(name=f"content key {i}", session_key=session_key, content_key=key,
                          wrapped=ecb(session_key, key)))
    return cases


def refresh():
    cases = []
    pairs = [(stream(f"refreshed key {i}", 16), stream(f"random number {i}", 16))
             for i in range(6)]
    pairs += [(bytes(16), bytes(16)), (b"\xff" * 16, b"\xff" * 16)]
    for i, (key, random) in enumerate(pairs):
        # The XOR by openssl: CTR from the counter block whose key stream is the session key.
        zero_key = bytes(16)
        counter = openssl("enc", "-d", "-aes-128-ecb", "-K", zero_key.hex(), "-nopad", data=key)
        fresh = openssl("enc", "-aes-128-ctr", "-K", zero_key.hex(), "-iv", counter.hex(),
                        data=random)
        assert fresh == xor(key, random)
        cases.append(dict(name=f"refresh {i}", session_key=key, random=random, fresh_key=fresh))
    return cases


# Printed in NIST SP 800-38B, appendix D.1.
NIST_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
NIST_MESSAGE = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
NIST_TAGS = {0: "bb1d6929e95937287fa37d129b756746", 16: "070a16b46b4d4144f79bdd9dd04a287c",
             40: "dfa66747de9ae63030ca32611497c827", 64: "51f0bebf7e3b9d92fc49741779363cfe"}


def omac_case(name, key, message):
    mac = cmac.CMAC(algorithms.AES(key))
    mac.update(message)
    tag = mac.finalize()
    with tempfile.NamedTemporaryFile() as file:
        file.write(message)
        file.flush()
        by_openssl = openssl("mac", "-cipher", "AES-128-CBC", "-macopt", f"hexkey:{key.hex()}",
                             "-in", file.name, "CMAC")
    assert bytes.fromhex(by_openssl.decode().strip()) == tag, name
    return dict(name=name, key=key, message=message, tag=tag)


def omac():
    cases = [omac_case(f"NIST SP 800-38B, {length} bytes", NIST_KEY, NIST_MESSAGE[:length])
             for length in NIST_TAGS]
    for case, tag in zip(cases, NIST_TAGS.values()):
        assert case["tag"] == bytes.fromhex(tag), case["name"]
    cases += [omac_case(f"{length} bytes", stream(f"omac key {length}", 16),
                        stream(f"omac {length}", length))
              for length in (1, 15, 17, 31, 32, 33, 236, 252, 256, 4076, 4096)]
    return cases


# ---------------------------------------------------------------- files

FILES = {"exchange.txt": exchange, "ctr.txt": ctr, "content-key.txt": content_key,
         "refresh.txt": refresh, "omac.txt": omac}


def text_of(value):
    return value.hex() if isinstance(value, bytes) else str(value)


def write(name, cases):
    with open(os.path.join(HERE, name), "w") as file:
        file.write("# SPDX-License-Identifier: MIT\n# Made by make-vectors.py.\n")
        for case in cases:
            file.write("\n" + "".join(f"{field}={text_of(value)}\n"
                                      for field, value in case.items()))


def read(name):
    """The committed cases, every value as text."""
    cases = []
    with open(os.path.join(HERE, name)) as file:
        for block in file.read().split("\n\n")[1:]:
            cases.append(dict(line.split("=", 1) for line in block.strip().split("\n")))
    return cases


def as_text(case):
    return {field: text_of(value) for field, value in case.items()}


def compare(name, cases):
    committed = read(name)
    if len(committed) != len(cases):
        raise SystemExit(f"{name}: {len(committed)} cases, expected {len(cases)}")
    for ours, theirs in zip(map(as_text, cases), committed):
        if "made" in ours:  # padded with random bytes, so that no two are equal
            ours["block"] = theirs["block"]
        if ours != theirs:
            raise SystemExit(f"{name}: {theirs['name']}: not as made")


def from_text(case):
    plaintext = bytes.fromhex(case.get("plaintext", ""))
    return dict(case, block=bytes.fromhex(case["block"]), plaintext=plaintext)


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        raise SystemExit("usage: make-vectors.py [--check]")
    check = bool(sys.argv[1:])
    if not check:
        make_keys()
    for name, make in FILES.items():
        cases = make()
        if check:
            compare(name, cases)
        else:
            write(name, cases)
    confirm_exchange([from_text(case) for case in read("exchange.txt")])


if __name__ == "__main__":
    main()
