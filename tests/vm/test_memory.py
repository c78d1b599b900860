#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Searches all memory of a guest for keys and clear frames while a session lives, by a dump of all
that QEMU has of it, and by what can be read while the guest runs.

The clip is sealed outside of the guest. Its keys are found here as the device finds them, with the
device's private key, by another implementation of the same algorithms. With custody "device" none of
them is in the guest. With custody "driver" the private key is, as it must; the session key is not any
more, since the driver wipes it when the device has it. A control in that guest does what the driver
does, and keeps what it gets: all of that is found, which proves the search.
"""

import time
import unittest

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import rig
import stage

HEADER_LEN, FRAME_HEADER_LEN, BLOCK_AT, BLOCK_LEN = 432, 48, 80, 256
WINDOW = 48


def private_key(custody):
    data = rig.read(rig.CERTIFICATES / f"{custody}.key")
    if data.startswith(b"-----"):
        return serialization.load_pem_private_key(data, None)
    return serialization.load_der_private_key(data, None)


def decrypted(mode, key, data):
    decryptor = Cipher(algorithms.AES(key), mode).decryptor()
    return decryptor.update(data) + decryptor.finalize()


class Opened:
    """What is in a sealed clip."""

    def __init__(self, sealed, custody):
        hash_name = hashes.SHA512()
        key = private_key(custody)
        self.primes = [
            number.to_bytes(128, order)
            for number in (key.private_numbers().p, key.private_numbers().q)
            for order in ("big", "little")
        ]
        self.session_key = key.decrypt(
            sealed[BLOCK_AT:BLOCK_AT + BLOCK_LEN],
            padding.OAEP(mgf=padding.MGF1(hash_name), algorithm=hash_name, label=None),
        )
        frame_len = int.from_bytes(sealed[40:48], "little")
        step = FRAME_HEADER_LEN + frame_len
        self.content_keys = set()
        for at in range(HEADER_LEN, len(sealed), step):
            key = decrypted(modes.ECB(), self.session_key, sealed[at + 8:at + 24])
            self.content_keys.add(key)
            iv = sealed[at + 24:at + 40]
            self.cipher = sealed[at + FRAME_HEADER_LEN:at + step]
            # The IV stands in the first eight bytes, the count follows.
            self.clear = decrypted(modes.CTR(iv), key, self.cipher)


def windows(data, wanted=4):
    """Pieces in which many different bytes are."""
    starts = range(0, len(data) - WINDOW, WINDOW)
    pieces = sorted((data[at:at + WINDOW] for at in starts), key=lambda piece: -len(set(piece)))
    return pieces[:wanted]


UNWRAP = rig.BUILD / "tests" / "vm" / "vitrine-vm-unwrap"
GROUPS = ("device key", "session key", "content keys", "clear frame", "sealed frame")


class Searched:
    """A guest in which a session lives, and what is to be searched for."""

    def __init__(self, machine, opened):
        self.machine = machine
        self.patterns = [opened.primes, [opened.session_key], list(opened.content_keys),
                         windows(opened.clear), windows(opened.cipher)]

    def hits(self):
        """Two dicts of hits by group: in the dump, and while the guest runs."""
        both = []
        for search in (self.machine.count_in_dump, self.machine.count_in_memory):
            counts = iter(search(sum(self.patterns, [])))
            both.append({name: sum(next(counts) for _ in group)
                         for name, group in zip(GROUPS, self.patterns)})
        return both

    def run_control(self, key):
        """Exit status of the control, and hits() while it held what it got."""
        work = stage.WORK.replace("vitrine.work", "vitrine.control")
        self.machine.run(
            f"(vitrine-vm-unwrap {key} /tmp/clip 1>&0; echo ended $? >&0) <>{work} >/dev/null 2>&1 &"
        ).check()
        port = self.machine.ports["control"]
        said, hits = port.line(time.monotonic() + 30), None
        if said == "holding":
            hits = self.hits()
            port.send(b"\n", time.monotonic() + 10)
            said = port.line(time.monotonic() + 30)
        return int(said.removeprefix("ended ")), hits


class Memory(unittest.TestCase):
    def search(self, custody, check):
        clip = rig.Clip(custody)
        opened = Opened(clip.sealed, custody)
        self.assertEqual(len(opened.session_key), 16)
        files = {**rig.chain_files(custody), "clip": clip.sealed}
        ports = {"work": None, "control": None}
        with rig.device(custody) as device:
            with rig.boot(device.socket, files, programs=[UNWRAP], ports=ports) as guest:
                play = stage.Playback(guest, custody=custody)
                play.await_picture("protected")
                shown = guest.await_picture(lambda p: rig.digest(p) == clip.shown_digest)
                # What is searched for is what is shown.
                self.assertEqual(shown.bgrx()[0:4096], opaque(opened.clear)[0:4096])
                check(Searched(guest, opened))
                self.assertEqual(rig.digest(guest.screendump()), clip.shown_digest)
                play.go_on()
                play.await_picture("control")
                play.go_on()
                self.assertEqual(play.status(), 0, play.errors())

    def expect(self, hits, there):
        for how, found in zip(("dump", "running"), hits):
            with self.subTest(how=how):
                self.assertEqual({name for name in GROUPS if found[name]}, there, found)

    def test_with_custody_device_nothing_is_there(self):
        def check(searched):
            self.expect(searched.hits(), {"sealed frame"})
            # Nothing that the guest has opens the clip.
            self.assertEqual(searched.run_control("/tmp/chain.der"), (1, None))

        self.search("device", check)

    def test_with_custody_driver_the_device_key_is_there_and_gives_all(self):
        def check(searched):
            self.expect(searched.hits(), {"device key", "sealed frame"})
            status, hits = searched.run_control("/tmp/device.key")
            self.assertEqual(status, 0)
            self.expect(hits, set(GROUPS))

        self.search("driver", check)


def opaque(frame):
    data = bytearray(frame)
    data[3::4] = b"\xff" * (len(frame) // 4)
    return bytes(data)


if __name__ == "__main__":
    unittest.main()
