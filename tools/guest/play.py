#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays a sealed clip in a QEMU guest, for tools/play.

usage: play.py BUILD OUTPUT CLIP SERVER DEVICE-SOCKET [KEY]

SERVER is the socket of the clip's content server, on this side; the player in the guest reaches it
through a virtio-serial port. KEY is the device's private key, with custody "driver". Leaves in OUTPUT
display.png, a screendump; capture.png and control.png, read back by a privileged program of the
guest from the same screen and from an unprotected frame on it; and report.json. Exit status 1: the
player failed, or a picture is not as it must be.
"""

import hashlib
import json
import os
import pathlib
import struct
import sys
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import guest as guests  # noqa: E402
import image  # noqa: E402

PROGRAMS = [
    "umd/libvitrine_umd.so",
    "kmd-stub/libvitrine_host.so",
    "tools/vitrine/vitrine-guest-player",
    "tools/guest/vitrine-guest-capture",
]
WORK = "/dev/virtio-ports/vitrine.work"
PLAY_S = 120


def png(picture):
    rows = b"".join(
        b"\0" + picture.pixels[at:at + picture.width * 3]
        for at in range(0, len(picture.pixels), picture.width * 3)
    )

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def digest(picture):
    return hashlib.sha256(picture.bgrx()).hexdigest()


def capture(machine):
    size = machine.run("vitrine-guest-capture /dev/dri/card0 /tmp/shot").check().text.split()[0]
    width, height = map(int, size.split("x"))
    return guests.Picture.from_bgrx(width, height, machine.get("/tmp/shot"))


class Player:
    def __init__(self, machine, custody_key):
        self.machine = machine
        self.work = machine.ports["work"]
        key = "--key /tmp/device.key" if custody_key else ""
        machine.run(
            f"(vitrine-guest-player /dev/vda {key} --link drm:,card=/dev/dri/card0 --step -o /tmp "
            "--server /dev/virtio-ports/vitrine.server 1>&0 2>/tmp/errors\n"
            f"echo $? >/tmp/status; echo ended >&0) <>{WORK} >/dev/null 2>&1 &"
        ).check()

    def await_picture(self, name):
        try:
            said = self.work.line(time.monotonic() + PLAY_S)
        except guests.Failure as error:
            raise guests.Failure(f"{error}: {self.errors()}\n{self.machine.console()}") from error
        if said != name:
            raise guests.Failure(f"the player said {said}\n{self.errors()}")

    def go_on(self):
        self.work.send(b"\n", time.monotonic() + 10)

    def finish(self):
        while self.work.line(time.monotonic() + PLAY_S) != "ended":
            pass
        status = int(self.machine.get("/tmp/status"))
        if status != 0:
            raise guests.Failure(f"the player ended with {status}\n{self.errors()}")
        return json.loads(self.machine.get("/tmp/report.json"))

    def errors(self):
        return self.machine.run("cat /tmp/errors").text


def watch(machine, player, output):
    """The report, with what was seen from outside."""
    player.await_picture("protected")
    seen = {}
    # What was presented last may still be on its way through QEMU; how it must look, the report says.
    shown = settled(machine)
    (output / "display.png").write_bytes(png(shown))
    taken = capture(machine)
    (output / "capture.png").write_bytes(png(taken))
    seen["capture_is_black"] = taken.is_black()

    player.go_on()
    player.await_picture("control")
    taken = capture(machine)
    (output / "control.png").write_bytes(png(taken))
    control = machine.await_picture(lambda picture: picture == taken)
    seen["control_equals_frame"] = control == taken and not taken.is_black()
    player.go_on()
    report = player.finish()
    seen["display_sha256"] = digest(shown)
    if report["source_sha256"] is not None:
        seen["display_equals_source"] = report["source_sha256"] == seen["display_sha256"]
    for name in ("capture_is_black", "control_equals_frame"):
        seen[name] = seen[name] and report[name]
    return {**report, **seen, "guest": machine.run("uname -sr").text.strip()}


def settled(machine, times=5):
    """A screendump that several in a row agree with."""
    last, agreeing = machine.screendump(), 0
    while agreeing < times:
        time.sleep(0.05)
        picture = machine.screendump()
        agreeing = agreeing + 1 if picture == last else 0
        last = picture
    return last


def what_is_wrong(report):
    if report["display_equals_source"] is False:
        return "the display differs from the source frame"
    if not report["capture_is_black"]:
        return "the capture of the protected frame is not black"
    if not report["control_equals_frame"]:
        return "the capture of the unprotected frame differs from it"
    return None


def play(build, output, clip, server, device, key):
    programs = [build / name for name in PROGRAMS]
    kernel, initramfs = image.make(build / "guest", programs)
    files = {"tmp/device.key": key} if key else {}
    with guests.Guest(device, kernel, initramfs, files=image.files_archive(files),
                      ports={"server": server, "work": None}, disks=[clip]) as machine:
        report = watch(machine, Player(machine, key), output)
    (output / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def say(report, output):
    rate = report["frames"] / report["seconds"] if report["seconds"] else 0
    exact = report["display_equals_source"]
    print(f"played {report['frames']} frames in {report['seconds']:.2f} s ({rate:.0f} a second), "
          f"guest {report['guest']}")
    print("display:", "shows the source frame exactly" if exact else
          "shows the clip (converted)" if exact is None else "DIFFERS from the source frame")
    print(f"capture: {'black' if report['capture_is_black'] else 'NOT BLACK'}; control: "
          f"{'the frame' if report['control_equals_frame'] else 'DIFFERS from the frame'}")
    if report["session_refreshed"]:
        print("session key: refreshed halfway")
    if report["readback_matches"]:
        print("read-back: the content server recognised the frame")
    print(f"see {output}/")


def main(arguments):
    if len(arguments) not in (5, 6):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    build, output, clip = map(pathlib.Path, arguments[:3])
    key = arguments[5] if len(arguments) > 5 else None
    try:
        report = play(build, output, clip, os.path.abspath(arguments[3]), arguments[4], key)
    except (guests.Failure, guests.Missing, OSError) as error:
        print(f"tools/play: {error}", file=sys.stderr)
        return 1
    say(report, output)
    wrong = what_is_wrong(report)
    if wrong is not None:
        print(f"tools/play: {wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
