#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the built libraries and programs export and need.

usage: test_binaries.py BUILD_DIRECTORY
"""

import json
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else None

# Shared library -> its exported symbols, or the file that lists them.
EXPORTS = {
    "libvitrine_umd": {"OpenAdapter10_2"},
    "libvitrine_host": {"VitrineOpenHost"},
    "libvitrine_opm": "opm/opm.syms",
    "libvitrine": "app/vitrine.syms",
    "libvitrine_bcrypt": "cng/bcrypt/bcrypt.syms",
    "libvitrine_irql": "base/irql.syms",
    "libvitrine_ncrypt": "cng/ncrypt/ncrypt.syms",
    "libvitrine_ksp_software": "cng/ksp/software/software.syms",
    "libvitrine_ksp_token": "cng/ksp/token/token.syms",
    "libvitrine_breakout": {"accept4"},  # tests/vhost
    "libfake_ksp": {"GetKeyStorageInterface", "fake_ksp"},  # tests/cng
    "libtoken_module": {"C_GetFunctionList", "token_module_control"},  # tests/cng
    "libconformance-ending-umd": {"OpenAdapter10_2"},  # tests/conformance
}

# Not built with every sanitizer.
OF_TESTS = {"libvitrine_breakout"}

FFMPEG = re.compile(r"^lib(av|sw|postproc)")
FFMPEG_USERS = {"vitrine"}

# What renders stays out of everything that a player loads; vitrine-gpu loads it with --virgl.
RENDERER = re.compile(r"^lib(virglrenderer|epoxy|EGL|GL|GLX|GLESv2|gbm)\b")
RENDERER_USERS = {"vitrine-vm-gles", "vitrine-vm-gles-screen"}


def listed_symbols(text):
    """The names between global: and local: of a linker version script."""
    text = re.sub(r"/\*.*?\*/|#[^\n]*", "", text, flags=re.DOTALL)
    parts = re.findall(r"global:(.*?)(?:local:|\})", text, flags=re.DOTALL)
    return {name.strip() for part in parts for name in part.split(";") if name.strip()}


def original(name):
    """The library that a mutant of it (tests/conformance/mutants) stands for."""
    return re.sub(r"^libmutant-(umd|host)-.*", r"libvitrine_\1", name)


def tool(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def exported(path):
    """Defined dynamic symbols, without the linker's own and version names (type A)."""
    lines = tool("nm", "--dynamic", "--defined-only", path).splitlines()
    fields = [line.split()[-2:] for line in lines]
    return {name.split("@")[0] for kind, name in fields if kind != "A"}


def needed(path):
    return re.findall(r"\(NEEDED\).*\[(.+?)\]", tool("readelf", "--dynamic", path))


def stem(soname):
    return re.split(r"\.so|-\d|-linux", soname)[0] if "ld-linux" not in soname else "ld-linux"


def targets():
    text = (BUILD / "meson-info" / "intro-targets.json").read_text(encoding="utf-8")
    for target in json.loads(text):
        if target["type"] in ("executable", "shared library", "shared module"):
            path = pathlib.Path(target["filename"][0])
            if path.exists():
                yield target, path


class Binaries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.found = list(targets())
        cls.libraries = {
            stem(path.name): path for target, path in cls.found if target["type"] != "executable"
        }

    def test_there_is_something_to_look_at(self):
        self.assertTrue(any(target["type"] == "executable" for target, _ in self.found))

    def test_all_that_is_installed_was_built(self):
        text = (BUILD / "meson-info" / "intro-targets.json").read_text(encoding="utf-8")
        for target in json.loads(text):
            if target.get("installed"):
                with self.subTest(target=target["name"]):
                    self.assertTrue(pathlib.Path(target["filename"][0]).exists())

    def test_every_listed_library_is_built(self):
        self.assertEqual(set(EXPORTS) - set(self.libraries) - OF_TESTS, set())

    def test_libraries_export_exactly_what_is_intended(self):
        for name, path in self.libraries.items():
            with self.subTest(library=name):
                self.assertIn(original(name), EXPORTS, "nobody has said what it exports")
                wanted = EXPORTS[original(name)]
                if isinstance(wanted, str):
                    wanted = listed_symbols((ROOT / wanted).read_text(encoding="utf-8"))
                self.assertEqual(exported(path), wanted)

    def test_only_the_command_needs_ffmpeg(self):
        for target, path in self.found:
            if target["name"] not in FFMPEG_USERS:
                with self.subTest(binary=path.name):
                    self.assertEqual([n for n in needed(path) if FFMPEG.match(n)], [])

    def test_only_the_device_process_needs_a_renderer(self):
        for target, path in self.found:
            if target["name"] not in RENDERER_USERS:
                with self.subTest(binary=path.name):
                    self.assertEqual([n for n in needed(path) if RENDERER.match(n)], [])

    def test_every_needed_library_has_its_licence_told(self):
        licences = (ROOT / "LICENSES.md").read_text(encoding="utf-8")
        ours = {path.name for _, path in self.found}
        told = set(re.findall(r"`([\w+.-]+)`", licences))
        for _, path in self.found:
            for soname in needed(path):
                if soname not in ours and stem(soname) not in {stem(name) for name in ours}:
                    with self.subTest(binary=path.name, needs=soname):
                        self.assertIn(stem(soname), told)


class Readers(unittest.TestCase):
    """The functions above see what they must."""

    def test_a_version_script_gives_its_global_names(self):
        text = "/* x; */ V {\n global: a_b; c; # d;\n local: *; };\nV2 { global: e; } V;"
        self.assertEqual(listed_symbols(text), {"a_b", "c", "e"})

    def test_sonames_have_stems(self):
        self.assertEqual(original("libmutant-umd-x_y"), "libvitrine_umd")
        self.assertEqual(original("libvitrine"), "libvitrine")
        self.assertEqual(stem("libcrypto.so.3"), "libcrypto")
        self.assertEqual(stem("libevent_core-2.1.so.7"), "libevent_core")
        self.assertEqual(stem("ld-linux-x86-64.so.2"), "ld-linux")
        self.assertEqual(stem("libpng16.so.16"), "libpng16")

    def test_needed_and_exported_read_real_files(self):
        self.assertIn("libc.so.6", needed(sys.executable))
        libcrypto = re.search(r"libssl\S* => (\S+)", tool("ldd", "/usr/bin/openssl")).group(1)
        self.assertIn("SSL_new", exported(libcrypto))
        self.assertIn("libcrypto.so.3", needed(libcrypto))


if __name__ == "__main__":
    unittest.main()
