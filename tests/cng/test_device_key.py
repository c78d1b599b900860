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

    def make_key(self, kind, name="device", bits=2048):
        if kind == "token" and not any((self.folder / "tokens").iterdir()):
            self.add_token()
        self.run_tool(KEY_TOOL, kind, name, str(bits))

    def certify(self, uri, code=0, more=(), pass_fds=(), custody="driver"):
        self.vitrine("cert", "issue", "--dir", self.ca, "--custody", custody, "--key", uri, "-o",
                     self.folder / "device", "--force", *more, code=code, pass_fds=pass_fds)

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
        self.certify(uri)
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
        self.make_key("software")
        self.certify("ncrypt:software/device")
        for kind in ("software", "token"):
            self.certify(f"ncrypt:{kind}/none", code=3)

    def test_another_key(self):
        self.make_key("software")
        self.make_key("software", "other")
        self.certify("ncrypt:software/device")
        self.play("ncrypt:software/other", code=3)

    def test_unsuitable_keys(self):
        for name, bits in (("short", 1024), ("long", 3072), ("curve", 0)):
            self.make_key("software", name, bits)
            self.certify(f"ncrypt:software/{name}", code=1)
        for uri in ("ncrypt:software", "ncrypt:software/k?x=1", "ncrypt:software/%", "ncrypt:no/k"):
            self.certify(uri, code=3)

    def test_token_without_pin(self):
        self.make_key("token")
        self.certify("ncrypt:token/device")
        self.environment["VITRINE_TOKEN"] = "pkcs11:token=device"
        self.play("ncrypt:token/device", code=3)
        (self.folder / "wrong").write_text("wrong\n")
        self.environment["VITRINE_TOKEN"] += f"?pin-source=file:{self.folder}/wrong"
        self.play("ncrypt:token/device", code=3)
        del self.environment["VITRINE_TOKEN"]  # a wrong PIN counts once: the token is not locked
        self.environment["VITRINE_TOKEN"] = f"pkcs11:token=device?pin-source=file:{self.folder}/pin"
        self.play("ncrypt:token/device")

    def test_pin_from_the_caller(self):
        self.make_key("token")
        self.environment["VITRINE_TOKEN"] = "pkcs11:token=device"
        self.certify("ncrypt:token/device", code=1)
        for pin, code in ((storage.PIN, 0), ("wrong", 1)):
            reading, writing = os.pipe()
            os.write(writing, pin.encode() + b"\n")
            os.close(writing)
            self.certify("ncrypt:token/device", code=code, more=("--passphrase-fd", str(reading)),
                         pass_fds=(reading,))
            os.close(reading)


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
