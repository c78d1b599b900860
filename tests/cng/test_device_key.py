#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A device whose key is in key storage: certified, played with and asked for its outputs by one URI.

usage: test_device_key.py VITRINE KEY_TOOL SOFTWARE_PROVIDER TOKEN_PROVIDER
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import storage

VITRINE, KEY_TOOL, SOFTWARE, TOKEN = [str(pathlib.Path(name).resolve()) for name in sys.argv[1:5]]
del sys.argv[1:5]
WIDTH, HEIGHT = 48, 32
FULL_NAMES = {
    "software": "Microsoft%20Software%20Key%20Storage%20Provider",
    "token": "Microsoft%20Smart%20Card%20Key%20Storage%20Provider",
}


class DeviceKey(storage.Storage):
    software, token = SOFTWARE, TOKEN

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="vitrine-device-ca-")
        cls.addClassCleanup(folder.cleanup)
        cls.ca = pathlib.Path(folder.name, "ca")
        subprocess.run([VITRINE, "cert", "init", "--dir", cls.ca, "--crl-days", "3650"], check=True,
                       capture_output=True, timeout=60)

    def vitrine(self, *words, **more):
        return self.run_tool(VITRINE, *words, **more)

    def make_key(self, kind, name="device"):
        if kind == "token" and not any((self.folder / "tokens").iterdir()):
            self.add_token()
        self.certify(f"ncrypt:{kind}/{name}", key="--new-key")

    def certify(self, uri, code=0, more=("--force",), key="--key", custody="driver", **others):
        return self.vitrine("cert", "issue", "--dir", self.ca, "--custody", custody, key, uri, "-o",
                            self.folder / "device", *more, code=code, **others)

    def with_line(self, line, uri, **more):
        reading, writing = os.pipe()
        os.write(writing, line.encode() + b"\n")
        os.close(writing)
        self.certify(uri, more=("--force", "--passphrase-fd", str(reading)), pass_fds=(reading,), **more)
        os.close(reading)

    def says(self, text):
        self.assertIn(text, self.errors)

    def device(self, uri):
        return ("--certificate", self.folder / "device.der", "--key", uri, "--root",
                self.ca / "root.der")

    def play(self, uri, code=0):
        source = self.folder / "source.ppm"
        source.write_bytes(b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT) + os.urandom(WIDTH * HEIGHT * 3))
        return self.vitrine("play", source, *self.device(uri), "-o", self.folder / "out", "--json",
                            code=code)

    def whole(self, kind):
        uri = f"ncrypt:{kind}/device"
        self.make_key(kind)
        report = json.loads(self.play(uri))
        self.assertEqual(report["custody"], "driver")
        hashes = [value for name, value in walk(report) if "sha256" in name.lower()]
        self.assertGreaterEqual(len(hashes), 2, report)
        answers = json.loads(self.vitrine("opm", *self.device(uri), "--json", "get"))
        self.assertTrue(answers)
        self.play(f"ncrypt:{FULL_NAMES[kind]}/%64evice")
        self.certify(uri, custody="device")
        self.assertEqual(json.loads(self.play(uri))["custody"], "device")

    def test_software_provider(self):
        self.whole("software")

    def test_token_provider(self):
        self.whole("token")

    def test_no_key_there(self):
        self.add_token()
        for kind in ("software", "token"):
            self.make_key(kind)
            self.certify(f"ncrypt:{kind}/none", code=3)
            self.says(f"ncrypt:{kind}/none: no key of this name")
        self.play("ncrypt:software/none", code=3)
        self.says("the driver cannot use this key, so it offers no content protection: no key of this name")

    def test_another_key(self):
        self.make_key("software", "other")
        self.make_key("software")
        self.play("ncrypt:software/other", code=3)
        self.says("not that of the certificate, or its PIN is missing or wrong")

    def test_new_key_replaces_none_unless_forced(self):
        uri = "ncrypt:software/device"
        self.make_key("software")
        first = (self.folder / "device.der").read_bytes()
        self.certify(uri, key="--new-key", more=(), code=1)
        (self.folder / "device.der").unlink()
        self.certify(uri, key="--new-key", more=(), code=1)
        self.says(f"{uri}: there is a key of this name")
        self.assertFalse((self.folder / "device.der").exists())
        self.certify(uri)
        self.play(uri)
        self.make_key("software")
        self.play(uri)
        (self.folder / "device.der").write_bytes(first)  # of the key that was replaced
        self.play(uri, code=3)

    def test_new_key_of_the_machine(self):
        uri = "ncrypt:software/device?machine=1"
        self.environment["VITRINE_MACHINE_KEY_STORE"] = str(self.folder / "machine")
        self.certify(uri, key="--new-key")
        self.assertTrue((self.folder / "machine").is_dir())
        self.play(uri)
        self.certify("ncrypt:software/device", code=3)

    def test_new_key_only_decrypts(self):
        self.add_token()
        for kind in ("software", "token"):
            self.make_key(kind)
            self.run_tool(KEY_TOOL, kind, "device", "decrypts")

    def test_new_key_is_of_key_storage(self):
        for more in (("--new-key", "a.key"), ("--new-key", "ncrypt:software/a", "--csr", "a.csr"),
                     ("--new-key", "ncrypt:software/a", "--key", "a.key")):
            self.vitrine("cert", "issue", "--dir", self.ca, "-c", "driver", "-o",
                         self.folder / "device", *more, code=2)
        self.assertFalse((self.folder / "store").exists())

    def test_store_behind_a_passphrase(self):
        uri = "ncrypt:software/device"
        self.environment["VITRINE_KEY_STORE_PROTECTION"] = "passphrase"
        self.certify(uri, key="--new-key", code=1)
        self.says(f"{uri}: needs a PIN or passphrase")
        self.with_line("open sesame", uri, key="--new-key")
        self.with_line("simsim", uri, code=1)
        self.says(f"{uri}: wrong PIN or passphrase")
        self.certify(uri, code=1)
        self.says(f"{uri}: needs a PIN or passphrase")
        self.play(uri, code=3)
        self.says("needs a PIN or passphrase, and nobody can be asked here")
        self.with_line("open sesame", uri, custody="device")
        self.play(uri, code=3)
        self.says(f"key {uri}: needs a PIN or passphrase")

    def test_unsuitable_keys(self):
        for name, bits in (("short", 1024), ("long", 3072), ("curve", 0)):
            self.run_tool(KEY_TOOL, "software", name, str(bits))
            self.certify(f"ncrypt:software/{name}", code=1)
            self.says("not an RSA key of 2048 bits")
        for uri in ("ncrypt:software", "ncrypt:software/k?x=1", "ncrypt:software/%"):
            for key in ("--key", "--new-key"):
                self.certify(uri, key=key, code=3)
                self.says(f"{uri}: not ncrypt:PROVIDER/NAME[?machine=1]")
        for key in ("--key", "--new-key"):
            self.certify("ncrypt:no/k", key=key, code=3)
            self.says("ncrypt:no/k: no such key storage provider")

    def test_token_without_pin(self):
        self.make_key("token")
        self.environment["VITRINE_TOKEN"] = "pkcs11:token=device"
        self.play("ncrypt:token/device", code=3)
        self.says("its PIN is missing or wrong")
        (self.folder / "wrong").write_text("wrong\n")
        self.environment["VITRINE_TOKEN"] += f"?pin-source=file:{self.folder}/wrong"
        self.play("ncrypt:token/device", code=3)
        del self.environment["VITRINE_TOKEN"]  # a wrong PIN counts once: the token is not locked
        self.environment["VITRINE_TOKEN"] = f"pkcs11:token=device?pin-source=file:{self.folder}/pin"
        self.play("ncrypt:token/device")

    def test_pin_from_the_caller(self):
        self.add_token()
        self.environment["VITRINE_TOKEN"] = "pkcs11:token=device"
        uri = "ncrypt:token/device"
        self.certify(uri, key="--new-key", code=1)
        self.says(f"{uri}: needs a PIN or passphrase")
        self.with_line(storage.PIN, uri, key="--new-key")
        self.certify(uri, code=1)
        self.says(f"{uri}: needs a PIN or passphrase")
        self.with_line(storage.PIN, uri)
        self.with_line("wrong", uri, code=1)
        self.says(f"{uri}: wrong PIN or passphrase")

    def test_no_token(self):
        self.certify("ncrypt:token/device", code=3)
        self.says("ncrypt:token/device: no such token, or several that could be meant")


def walk(value, name=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, name)
    else:
        yield name, value


if __name__ == "__main__":
    unittest.main()
