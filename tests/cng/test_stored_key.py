#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The example of stored keys, with either provider.

usage: test_stored_key.py EXAMPLE SOFTWARE_PROVIDER TOKEN_PROVIDER
"""

import pathlib
import sys
import unittest

import storage

EXAMPLE, SOFTWARE, TOKEN = [str(pathlib.Path(name).resolve()) for name in sys.argv[1:4]]
del sys.argv[1:4]


class Example(storage.Storage):
    software, token = SOFTWARE, TOKEN

    def test_in_a_file(self):
        self.assertIn("agrees", self.run_tool(EXAMPLE))
        self.assertIn("agrees", self.run_tool(EXAMPLE))

    def test_on_a_token(self):
        self.add_token()
        self.assertIn("agrees", self.run_tool(EXAMPLE, "--token"))

    def test_without_a_token(self):
        self.assertEqual(self.run_tool(EXAMPLE, "--token", code=1), "")

    def test_wrong_words(self):
        self.assertEqual(self.run_tool(EXAMPLE, "--card", code=2), "")


if __name__ == "__main__":
    unittest.main()
