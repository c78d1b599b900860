#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""RSA keys of the openssl command in the blobs that hold them: each goes in, all that can come out does,
and what is encrypted to it is read on the other side.

usage: test_rsa_openssl.py TOOL
"""

import pathlib
import tempfile
import unittest

from test_primitives import WithTool, der_numbers, openssl, rsa_blob, rsa_numbers

NOT_SUPPORTED = 0xC00000BB


class Keys(WithTool):
    """Made by openssl."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def key(self, bits, exponent):
        """The file, and the blobs of its numbers by their types."""
        path = self.folder / "key.pem"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}",
                "-pkeyopt", f"rsa_keygen_pubexp:{exponent}", "-out", path)
        data = openssl("rsa", "-in", path, "-outform", "DER", "-traditional")
        _, n, e, d, p, q, dp, dq, qinv = der_numbers(data)
        order = [number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (e, n, p, q, dp, dq, qinv, d)]
        public, private = rsa_blob(b"RSA1", order[:2]), rsa_blob(b"RSA2", order[:4])
        return path, {"RSAPUBLICBLOB": public, "PUBLICBLOB": public, "RSAPRIVATEBLOB": private,
                      "PRIVATEBLOB": private, "RSAFULLPRIVATEBLOB": rsa_blob(b"RSA3", order)}

    def read_by_openssl(self, path, block):
        """OAEP with SHA-256."""
        (self.folder / "block").write_bytes(block)
        return openssl("pkeyutl", "-decrypt", "-inkey", path, "-in", self.folder / "block",
                       "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256",
                       "-pkeyopt", "rsa_mgf1_md:sha256")

    def check_blobs(self, path, blobs, kind, data):
        """All that is in one blob comes out in the others."""
        self.assertEqual(self.tool.ask("import", kind, data), b"")
        private = "PRIVATE" in kind
        for other, wanted in blobs.items():
            if private or "PRIVATE" not in other:
                made = self.tool.ask("export", other)
                if "FULL" in other and "FULL" not in kind:  # one of several exponents that are right
                    e, n, p, q, *_, d = rsa_numbers(made)
                    self.assertEqual([e * d % (p - 1), e * d % (q - 1)], [1, 1])
                    width = n.bit_length() // 8
                    made, wanted = made[:-width], wanted[:-width]
                self.assertEqual(made, wanted, other)
        self.assertEqual(self.tool.ask("export", "CAPIPUBLICBLOB"), NOT_SUPPORTED)
        block = self.tool.ask("encrypt", "oaep", "SHA256", b"", kind.encode())
        self.assertEqual(self.read_by_openssl(path, block), kind.encode())
        if private:
            self.assertEqual(self.tool.ask("decrypt", "oaep", "SHA256", b"", block), kind.encode())

    def test_blobs(self):
        for bits, exponent in ((1024, 65537), (1536, 3), (2048, 0x10000000F)):
            path, blobs = self.key(bits, exponent)
            for kind, data in blobs.items():
                with self.subTest(bits=bits, kind=kind):
                    self.check_blobs(path, blobs, kind, data)

    def test_legacy_blobs(self):
        """Only the private one goes in."""
        for bits in (1024, 2048):
            path, blobs = self.key(bits, 65537)
            private = openssl("rsa", "-in", path, "-outform", "MSBLOB")
            public = openssl("rsa", "-in", path, "-pubout", "-outform", "MSBLOB")
            with self.subTest(bits=bits):
                self.assertEqual(self.tool.ask("import", "CAPIPUBLICBLOB", public), NOT_SUPPORTED)
                self.check_blobs(path, blobs, "CAPIPRIVATEBLOB", private)


if __name__ == "__main__":
    unittest.main()
