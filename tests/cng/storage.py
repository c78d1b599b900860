# SPDX-License-Identifier: MIT
"""Programs with key storage of their own: a store, tokens of SoftHSM, and the providers of the build."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PIN = "2468"


def softhsm_module():
    """Where the distribution has it, as p11-kit's configuration says."""
    for line in pathlib.Path("/usr/share/p11-kit/modules/softhsm2.module").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "module":
            return str(pathlib.Path("/usr/lib/softhsm", value.strip()))
    raise AssertionError("no module")


class Storage(unittest.TestCase):
    """Derived classes name the libraries: software, token."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vitrine-storage-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in ("manifests", "tokens", "out"):
            (self.folder / name).mkdir()
        self.write_manifest("software", "Microsoft Software Key Storage Provider", self.software, True)
        self.write_manifest("token", "Microsoft Smart Card Key Storage Provider", self.token, False)
        (self.folder / "pin").write_text(PIN + "\n")
        (self.folder / "softhsm2.conf").write_text(
            f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\n"
            "log.level = ERROR\n")
        self.environment = dict(
            os.environ,
            VITRINE_KEY_STORAGE_PROVIDERS=str(self.folder / "manifests"),
            VITRINE_KEY_STORE=str(self.folder / "store"),
            VITRINE_KEY_STORE_KEY=str(self.folder / "store.key"),
            SOFTHSM2_CONF=str(self.folder / "softhsm2.conf"),
            VITRINE_PKCS11_MODULE=softhsm_module(),
            VITRINE_TOKEN=f"pkcs11:token=device?pin-source=file:{self.folder}/pin",
            VITRINE_LOG="error",
        )

    def write_manifest(self, name, provider, library, by_default):
        (self.folder / "manifests" / f"{name}.json").write_text(
            json.dumps({"providers": [provider], "library": library, "default": by_default}))

    def run_tool(self, *words, code=0, pass_fds=()):
        """Without a terminal, so that nobody can be asked."""
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True,
                              timeout=120, check=False, stdin=subprocess.DEVNULL,
                              start_new_session=True, pass_fds=pass_fds)
        self.errors = done.stderr
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}{done.stderr}")
        return done.stdout

    def add_token(self):
        self.run_tool("softhsm2-util", "--init-token", "--free", "--label", "device", "--pin", PIN,
                      "--so-pin", "13579")
