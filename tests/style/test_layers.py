#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tree keeps to its layers, and tools/check-layers.py would notice if it did not."""

import pathlib
import runpy
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "check-layers.py"
LAYERS = runpy.run_path(str(TOOL))

# A small tree in which every include is allowed.
GOOD = {
    "base/bytes.h": "#include <stdint.h>\n",
    "crypto/oaep.h": '#include "base/bytes.h"\n',
    "crypto/oaep.c": '#include "crypto/oaep.h"\n#include <openssl/evp.h>\n#include <sys/mman.h>\n',
    "certs/chain.h": '#include "crypto/oaep.h"\n#include <openssl/x509.h>\n',
    "crypto-session/session.h": '#include "certs/chain.h"\n',
    "wire/message.h": '#include "base/bytes.h"\n',
    "include/winabi.h": "",
    "include/ddi.h": '#include "winabi.h"\n',
    "umd/adapter.c": '#include "wire/message.h"\n#include <ddi.h>\n#include "ddi.h"\n',
    "umd/custody.c": '#include "certs/chain.h"\n',
    "vgpu/device.h": '#include "wire/message.h"\n',
    "vgpu/engine.c": '#include "vgpu/device.h"\n#include "certs/chain.h"\n',
    "vgpu/vhost/main.c": '#include "vgpu/device.h"\n#include <event2/event.h>\n',
    "kmd-stub/embedded.c": '#include "vgpu/device.h"\n#include "wire/message.h"\n',
    "cng/handle.h": '#include "base/bytes.h"\n',
    "cng/bcrypt/key.c": '#include "cng/handle.h"\n#include "crypto/oaep.h"\n#include "ddi.h"\n',
    "tools/vitrine/play.c": '#include "certs/chain.h"\n#include <libavcodec/avcodec.h>\n',
    "tests/vgpu/test_engine.c": '#include "vgpu/device.h"\n#include "umd/adapter.c"\n',
    "build-x/vgpu/scratch.c": '#include "umd/adapter.c"\n',
}

# File, a line that must not be in it.
BAD = [
    ("base/ids.c", '#include "crypto/oaep.h"'),
    ("crypto/cipher.c", '#include "certs/chain.h"'),
    ("wire/kmd.c", '#include "crypto/oaep.h"'),
    ("wire/kmd.c", "#include <ddi.h>"),
    ("crypto-session/marks.c", '#include "wire/message.h"'),
    ("crypto-session/marks.c", "#include <openssl/evp.h>"),
    ("umd/session.c", '#include "crypto/oaep.h"'),
    ("umd/session.c", '#include "vgpu/device.h"'),
    ("umd/session.c", '  #  include   "vgpu/device.h"'),
    ("kmd-stub/ring.c", '#include "vgpu/device.h"'),
    ("kmd-stub/embedded.h", '#include "vgpu/device.h"'),
    ("vgpu/engine.h", '#include "kmd-stub/embedded.c"'),
    ("vgpu/engine.h", '#include "vgpu/vhost/main.c"'),
    ("vgpu/engine.h", "#include <winabi.h>"),
    ("vgpu/engine.h", "#include <event2/event.h>"),
    ("vgpu/vhost/socket.c", "#include <openssl/evp.h>"),
    ("cng/bcrypt/hash.c", "#include <openssl/evp.h>"),
    ("cng/bcrypt/hash.c", '#include "certs/chain.h"'),
    ("cng/handle.c", '#include "crypto-session/session.h"'),
    ("crypto/cipher.c", '#include "cng/handle.h"'),
    ("tools/vitrine/info.c", '#include "umd/adapter.c"'),
    ("tools/probe.c", "#include <libavutil/frame.h>"),
    ("examples/walk.c", '#include "crypto/oaep.h"'),
    ("vgpu/engine.h", "#include <zlib.h>"),
    ("vgpu/engine.h", '#include "device.h"'),
    ("vgpu/engine.h", '#include "../umd/adapter.c"'),
    ("vgpu/engine.h", '#include "wire/absent.h"'),
    ("vgpu/engine.h", "#include HEADER"),
    ("somewhere/device.c", '#include "base/bytes.h"'),
]


def run(*arguments):
    return subprocess.run(
        [sys.executable, TOOL, *arguments], stdout=subprocess.PIPE, text=True, check=False
    )


def plant(root, files):
    for name, text in files.items():
        path = pathlib.Path(root) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def complaints(files):
    """Of a tree that has these files and those that have an exception."""
    with tempfile.TemporaryDirectory() as root:
        plant(root, {name: "" for name, _ in LAYERS["EXCEPTIONS"]})
        plant(root, files)
        return LAYERS["check"](pathlib.Path(root))[1]


class Layers(unittest.TestCase):
    def test_the_tree_keeps_to_its_layers(self):
        result = run()
        self.assertEqual(result.returncode, 0, "\n" + result.stdout)

    def test_allowed_includes_pass(self):
        self.assertEqual(complaints(GOOD), [])

    def test_forbidden_includes_are_named(self):
        for name, line in BAD:
            with self.subTest(file=name, line=line):
                found = complaints({**GOOD, name: f"#include <stdio.h>\n{line}\n"})
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(f"{name}:"), found)

    def test_an_exception_for_a_file_that_went_away_is_named(self):
        name = sorted(LAYERS["EXCEPTIONS"])[0][0]
        with tempfile.TemporaryDirectory() as root:
            plant(root, GOOD)
            (pathlib.Path(root) / name).unlink(missing_ok=True)
            (pathlib.Path(root) / name).parent.mkdir(exist_ok=True)
            self.assertTrue(
                any(line.startswith(f"{name}: excepted")
                    for line in LAYERS["check"](pathlib.Path(root))[1])
            )

    def test_the_command_fails_on_a_complaint(self):
        with tempfile.TemporaryDirectory() as root:
            plant(root, {"base/ids.c": '#include "crypto/oaep.h"\n'})
            result = run(root)
            self.assertEqual(result.returncode, 1)
            self.assertIn("base/ids.c:1:", result.stdout)

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(run(root).returncode, 1)


if __name__ == "__main__":
    unittest.main()
