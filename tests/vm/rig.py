# SPDX-License-Identifier: MIT
"""What the tests with guests share: where the build is, certificates, clips, a booted guest."""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "guest"))

import guest  # noqa: E402
import image  # noqa: E402

BUILD = pathlib.Path(os.environ["VITRINE_BUILD"])
CERTIFICATES = pathlib.Path(os.environ["VITRINE_CERTIFICATES"])
COMMAND = os.environ["VITRINE_COMMAND"]
GPU = os.environ["VITRINE_GPU"]
CACHE = BUILD / "guest"

PROGRAMS = [
    BUILD / "umd" / "libvitrine_umd.so",
    BUILD / "kmd-stub" / "libvitrine_host.so",
    BUILD / "examples" / "session-walkthrough",
    BUILD / "tools" / "vitrine" / "vitrine-guest-player",
    BUILD / "tools" / "guest" / "vitrine-guest-capture",
]

LINK = "drm:,card=/dev/dri/card0"
SHOWN_DIGEST_AT = 8 + 8 * 4 + 8 + 32 + 256  # in the header of a clip, see tools/vitrine/clip.h


def command(*words, **options):
    subprocess.run(
        [COMMAND, *map(str, words)], check=True, timeout=120, stdout=subprocess.DEVNULL, **options
    )


def device(custody="device", *more):
    """A device process of that custody."""
    words = ["--certificate", CERTIFICATES / f"{custody}.der", *more]
    if custody == "device":
        words += ["--key", CERTIFICATES / "device.key"]
    return guest.Device(GPU, words)


def boot(device_socket, files=None, programs=(), mesa=False, **options):
    """A guest with the programs above, and files in /tmp of it."""
    kernel, initramfs = image.make(CACHE, [*PROGRAMS, *programs], mesa)
    more = image.files_archive({f"tmp/{name}": data for name, data in (files or {}).items()})
    if mesa:
        options.setdefault("memory_mib", 1024)
    return guest.Guest(device_socket, kernel, initramfs, files=more, **options)


def read(path):
    return pathlib.Path(path).read_bytes()


def chain_files(custody="device"):
    files = {"chain.der": read(CERTIFICATES / f"{custody}.der"),
             "root.der": read(CERTIFICATES / "ca" / "root.der")}
    if custody == "driver":
        files["device.key"] = read(CERTIFICATES / "driver.key")
    return files


class Clip:
    """A sealed clip for the device, made outside of any guest."""

    def __init__(self, custody="device", frames=12, size="320x180"):
        with tempfile.TemporaryDirectory(prefix="vitrine-vm-") as folder:
            clear, sealed = pathlib.Path(folder, "clip.mkv"), pathlib.Path(folder, "clip.sealed")
            command("pattern", "-o", clear, "--frames", frames, "--size", size)
            command("seal", clear, "--device", CERTIFICATES / f"{custody}.der",
                    "--root", CERTIFICATES / "ca" / "root.der", "-o", sealed)
            self.sealed = read(sealed)
        self.shown_digest = self.sealed[SHOWN_DIGEST_AT:SHOWN_DIGEST_AT + 32]
        assert any(self.shown_digest), "the last frame of a pattern is known exactly"


def digest(picture):
    """As a clip says what its last frame is: SHA-256 of rows of B, G, R, 0xff."""
    return hashlib.sha256(picture.bgrx()).digest()
