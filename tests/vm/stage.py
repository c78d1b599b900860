# SPDX-License-Identifier: MIT
"""A playback in a guest that stops while a picture is on the screen."""

import time

import rig
from rig import guest

WORK = "/dev/virtio-ports/vitrine.work"


class Playback:
    """The guest's player with a clip; the guest must have the port "work"."""

    def __init__(self, machine, clip="/tmp/clip", custody="device", more=""):
        self.machine = machine
        key = "--key /tmp/device.key" if custody == "driver" else ""
        # A port is opened once at a time: the player inherits it.
        machine.run(
            "rm -f /tmp/player.*\n"
            f"(vitrine-guest-player '{clip}' {key} --link {rig.LINK} --step {more} -o /tmp \\\n"
            "    1>&0 2>/tmp/player.errors\n"
            "echo $? >/tmp/player.status\n"
            f"echo ended >&0) <>{WORK} >/dev/null 2>&1 &"
        ).check()

    def await_picture(self, name, limit_s=30):
        said = self.machine.ports["work"].line(time.monotonic() + limit_s)
        if said != name:
            raise guest.Failure(f'"{said}" instead of "{name}": {self.errors()}')

    def go_on(self):
        self.machine.ports["work"].send(b"\n", time.monotonic() + 10)

    def status(self, limit_s=30):
        """Exit status of the player."""
        line = None
        while line != "ended":
            line = self.machine.ports["work"].line(time.monotonic() + limit_s)
        return int(self.machine.get("/tmp/player.status"))

    def errors(self):
        return self.machine.run("cat /tmp/player.errors").text


def capture(machine):
    """(picture, bytes that could be mapped) by a privileged program of the guest."""
    said = machine.run("vitrine-guest-capture /dev/dri/card0 /tmp/shot").check().text
    size, length = said.split()
    width, height = map(int, size.split("x"))
    return guest.Picture.from_bgrx(width, height, machine.get("/tmp/shot")), int(length)
