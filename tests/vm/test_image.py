#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What guests are made of: kernels, modules, archives. No QEMU is needed."""

import lzma
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "guest"))

import image  # noqa: E402
import packages  # noqa: E402

KERNEL = b"\x7fELF" + bytes(range(256)) * 8


def big_image(packed, version=0x20F):
    """A bzImage: boot sector, two setup sectors, 100 bytes of code, the payload and its length."""
    head = bytearray(1024)
    head[0x1F1] = 1
    head[0x202:0x206] = b"HdrS"
    head[0x206:0x208] = version.to_bytes(2, "little")
    head[0x248:0x24C] = (100).to_bytes(4, "little")
    head[0x24C:0x250] = (len(packed) + 4).to_bytes(4, "little")
    return bytes(head) + b"c" * 100 + packed + len(KERNEL).to_bytes(4, "little") + b"more"


def module(*needs):
    return b"\x7fELF\0license=GPL\0depends=" + ",".join(needs).encode() + b"\0name=x\0"


class Kernels(unittest.TestCase):
    def test_xz_and_zstandard_are_unpacked(self):
        zstd = subprocess.run(
            ["zstd", "-c"], input=KERNEL, stdout=subprocess.PIPE, check=True, timeout=60
        ).stdout
        for packed in (lzma.compress(KERNEL), zstd):
            self.assertEqual(packages.elf_kernel(big_image(packed)), KERNEL)

    def test_an_elf_stays(self):
        self.assertEqual(packages.elf_kernel(KERNEL), KERNEL)

    def test_others_are_refused(self):
        for wrong in (b"", b"MZ" + bytes(2000), big_image(b"\x1f\x8b..."),
                      big_image(lzma.compress(KERNEL), 0x207), big_image(lzma.compress(b"no"))):
            with self.assertRaises(packages.Missing):
                packages.elf_kernel(wrong)


class Modules(unittest.TestCase):
    def test_each_comes_after_what_it_needs(self):
        modules = {"gpu": module("drm-helper", "ring"), "drm_helper": module("drm"),
                   "drm": module(), "ring": module(), "unused": module()}
        self.assertEqual(
            packages.in_order(modules, {"console"}, ["ring", "gpu", "console"]),
            ["ring", "drm", "drm_helper", "gpu"],
        )

    def test_one_that_is_nowhere_is_told(self):
        with self.assertRaisesRegex(packages.Missing, "no module b"):
            packages.in_order({"a": module("b")}, set(), ["a"])


class Archives(unittest.TestCase):
    def test_files_and_their_folders_are_in_it(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "program")
            program.write_bytes(b"#!")
            program.chmod(0o755)
            data = image.files_archive({"a/b/c": b"bytes", "a/run": program})
        self.assertEqual(len(data) % 512, 0)
        entries = {}
        at = 0
        while True:
            self.assertEqual(data[at:at + 6], b"070701")
            fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
            mode, size, name_len = fields[1], fields[6], fields[11]
            name = data[at + 110:at + 110 + name_len - 1].decode()
            at = (at + 110 + name_len + 3) // 4 * 4
            if name == "TRAILER!!!":
                break
            entries[name] = (mode, data[at:at + size])
            at = (at + size + 3) // 4 * 4
        self.assertEqual(entries, {
            "a": (0o40755, b""), "a/b": (0o40755, b""), "a/b/c": (0o100644, b"bytes"),
            "a/run": (0o100755, b"#!"),
        })

    def test_libraries_go_where_the_linker_looks(self):
        self.assertEqual(
            image.place_of("libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6"),
            "lib/x86_64-linux-gnu/libc.so.6",
        )
        self.assertEqual(image.place_of("libx.so.0", "/opt/build/libx.so.0.1"), "app/lib/libx.so.0")

    def test_a_program_brings_its_libraries(self):
        files = image.program_files([sys.executable], False)
        self.assertIn(f"app/{pathlib.Path(sys.executable).name}", files)
        self.assertTrue(any(name.endswith("/libc.so.6") for name in files))


class Desktop(unittest.TestCase):
    """Making one takes minutes and a network; this is about what stops before."""

    TOOL = pathlib.Path(image.__file__).with_name("desktop")

    def run_tool(self, *words, **options):
        done = subprocess.run(
            [self.TOOL, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60, check=False, **options,
        )
        return done.returncode, done.stdout

    def test_it_tells_how_it_is_used(self):
        self.assertEqual(self.run_tool("--help")[0], 0)
        with tempfile.TemporaryDirectory() as folder:
            for words in ([], ["--bad"], ["--size"], ["--size", "0", f"{folder}/x"]):
                code, output = self.run_tool(*words)
                self.assertEqual(code, 2)
                self.assertIn("usage:", output)

    def test_it_spares_what_is_there(self):
        with tempfile.NamedTemporaryFile() as there:
            code, output = self.run_tool(there.name)
            self.assertEqual(code, 1)
            self.assertIn("is there already", output)
            self.assertTrue(pathlib.Path(there.name).exists())

    def test_a_name_may_begin_with_a_hyphen(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("id", "echo 0"), ("mke2fs", ":"),
                               ("mmdebstrap", 'echo "asked: $*"; exit 1')):
                tool = pathlib.Path(folder, name)
                tool.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
                tool.chmod(0o755)
            path = f"{folder}:{os.environ['PATH']}"
            _, output = self.run_tool("--", "--size", cwd=folder, env={**os.environ, "PATH": path})
            self.assertRegex(output, r"asked: .* \./\.desktop-")


if __name__ == "__main__":
    unittest.main()
