#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Searches all memory of a guest for keys and clear frames while a session lives.

With custody "driver" the device's private key is in the guest: it is found, which proves the search.
The session key is not, since the driver wipes it when the device has it. The clip is sealed outside of the guest. Its keys are found here as the device finds them, with the
device's private key, by another implementation of the same algorithms.
"""

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


class Memory(unittest.TestCase):
    def search(self, custody):
        """Hits of (device key, session key, content keys, clear frame, sealed frame)."""
        clip = rig.Clip(custody)
        opened = Opened(clip.sealed, custody)
        self.assertEqual(len(opened.session_key), 16)
        files = {**rig.chain_files(custody), "clip": clip.sealed}
        with rig.device(custody) as device:
            with rig.boot(device.socket, files, ports={"work": None}) as guest:
                play = stage.Playback(guest, custody=custody)
                play.await_picture("protected")
                shown = guest.await_picture(lambda p: rig.digest(p) == clip.shown_digest)
                # What is searched for is what is shown.
                self.assertEqual(shown.bgrx()[0:4096], opaque(opened.clear)[0:4096])
                patterns = [opened.primes, [opened.session_key], list(opened.content_keys),
                            windows(opened.clear), windows(opened.cipher)]
                counts = iter(guest.count_in_memory(sum(patterns, [])))
                found = [sum(next(counts) for _ in group) for group in patterns]
                play.go_on()
                play.await_picture("control")
                play.go_on()
                self.assertEqual(play.status(), 0, play.errors())
        return found

    def test_with_custody_device_nothing_is_there(self):
        device, session, content, clear, cipher = self.search("device")
        self.assertEqual((device, session, content, clear), (0, 0, 0, 0))
        self.assertGreater(cipher, 0, "the search does not even find the clip")

    def test_with_custody_driver_the_device_key_is_found_and_nothing_else(self):
        device, session, content, clear, cipher = self.search("driver")
        self.assertGreater(device, 0)
        self.assertEqual((session, content, clear), (0, 0, 0))
        self.assertGreater(cipher, 0)


def opaque(frame):
    data = bytearray(frame)
    data[3::4] = b"\xff" * (len(frame) // 4)
    return bytes(data)


if __name__ == "__main__":
    unittest.main()
