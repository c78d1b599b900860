#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures with QEMU guests, once, and writes a figure per line, as the bench programs do.

usage: bench/vm.py BUILD CERTIFICATES [--quick]

Boots guests of the same kernel and files: with a vitrine-gpu, with one that renders (--virgl) as the
peer does, and with the peer, QEMU's own virtio-gpu-gl, without a window. What cannot be measured on this machine is named in a line with
"why" in place of a value. bench/run calls it.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools" / "guest"))
import guest  # noqa: E402
import image  # noqa: E402

NODE = "/dev/dri/renderD128"
PEER = ["-device", "virtio-gpu-gl-pci", "-display", "sdl,gl=on"]
# For the peer alone: OpenGL without a GPU, a window that nobody sees.
PEER_ENVIRONMENT = {"SDL_VIDEODRIVER": "offscreen", "LIBGL_ALWAYS_SOFTWARE": "1"}
LINK_CAP = 16  # submissions that the link drm: keeps in flight
MANY = 64
SUBMISSIONS = 2000
QUICK = 100
TURNS = 5  # of guest and embedded
BOOTS = 4  # of the peer, whose fences sometimes do not signal when many are in flight

AGAINST_PEER = ["vm.submit_vs_virtio_gpu_gl", "vm.submit_64deep_vs_virtio_gpu_gl",
                "vm.submit_16deep_vs_virtio_gpu_gl", "vm.submit_window_vs_virtio_gpu_gl"]
NO_VIRGL = ["vm.submit_vs_virtio_gpu_gl.no_virgl", "vm.submit_64deep_vs_virtio_gpu_gl.no_virgl"]
RENDERING = ["vm.submit_deep_vs_1"]
PLAIN = ["vm.decrypt_16m_vs_embedded", "vm.decrypt_16m_alone_vs_embedded"]


def write(name, value, detail):
    print(json.dumps({"name": name, "value": value, "unit": "ratio", "detail": detail}), flush=True)


def cannot(names, error):
    why = str(error).partition(", or configure")[0]
    for name in names:
        print(json.dumps({"name": name, "why": why}), flush=True)


def check_peer():
    """Raises Missing unless this QEMU has the device and the window system of the peer."""
    qemu = guest.check_qemu()
    for option, wanted in (("-device", '"virtio-gpu-gl-pci"'), ("-display", "sdl")):
        done = subprocess.run([qemu, option, "help"], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL, check=False, timeout=60)
        if wanted not in done.stdout:
            raise guest.Missing(f"QEMU has no {option} {wanted}: run tools/setup bench")


def check_virgl(program):
    """Raises Missing unless our device can render."""
    done = subprocess.run([program, "--virgl", "--print-capabilities"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False, timeout=60)
    if done.returncode != 0:
        raise guest.Missing("vitrine-gpu was built without virglrenderer: run tools/setup bench")


class Times:
    """Microseconds per submission by how many are in flight."""

    def __init__(self, text):
        self.batch, self.window = {}, {}
        for line in text.splitlines():
            depth, batch, window = line.split()
            self.batch[int(depth)], self.window[int(depth)] = float(batch), float(window)


def speeds_of(text):
    """GB/s with blts ahead, and of each alone."""
    figures = {figure["name"]: figure["value"] for figure in map(json.loads, text.splitlines())}
    return figures["vm.decrypt_16m"], figures["vm.decrypt_16m_alone"]


class Measurement:
    """What belongs to one run."""

    def __init__(self, options):
        self.build = options.build
        self.certificates = options.certificates
        self.submissions = QUICK if options.quick else SUBMISSIONS
        self.blts = ["--count", "3" if options.quick else "25"]
        programs = [self.build / "bench/bench-vm-submit", self.build / "bench/bench-vm-decrypt",
                    self.build / "umd/libvitrine_umd.so",
                    self.build / "kmd-stub/libvitrine_host.so"]
        self.image = image.make(self.build / "guest", programs)

    def submit_times(self, machine):
        done = machine.run(f"bench-vm-submit {NODE} {self.submissions}", limit_s=100)
        return Times(done.check().text)

    def decrypt_speeds(self, machine):
        words = ["bench-vm-decrypt", "--link", "drm:", *self.blts]
        return speeds_of(machine.run(" ".join(words)).check().text)

    def embedded_speeds(self):
        command = [self.build / "bench/bench-vm-decrypt", *self.blts,
                   "--certificate", self.certificates / "device.der",
                   "--key", self.certificates / "device.key"]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=100)
        return speeds_of(done.stdout)

    def device(self, *options):
        return guest.Device(self.build / "vgpu/vhost/vitrine-gpu",
                            ["--certificate", self.certificates / "device.der",
                             "--key", self.certificates / "device.key", *options])

    def plain(self):
        """Times of submissions; both speeds in the guest and both beside it, in turns."""
        with self.device() as device, guest.Guest(device.socket, *self.image) as machine:
            times = self.submit_times(machine)
            turns = [(*self.decrypt_speeds(machine), *self.embedded_speeds())
                     for _ in range(TURNS)]
            return times, *(statistics.median(speeds) for speeds in zip(*turns))

    def rendering(self):
        """Times of submissions to a device that renders, too."""
        check_virgl(self.build / "vgpu/vhost/vitrine-gpu")
        with self.device("--virgl") as device, guest.Guest(device.socket, *self.image) as machine:
            return self.submit_times(machine)

    def peer(self):
        """Times of submissions, and how many boots gave none."""
        os.environ.update(PEER_ENVIRONMENT)
        for failed in range(BOOTS):
            with guest.Guest(None, *self.image, qemu_options=PEER) as machine:
                try:
                    return self.submit_times(machine), failed
                except guest.Failure as error:
                    print(f"bench/vm.py: virtio-gpu-gl: {error}", file=sys.stderr)
        raise guest.Missing(f"virtio-gpu-gl gave no figures in {BOOTS} boots")


def write_ours(times):
    alone, many = times.batch[1], times.batch[MANY]
    write("vm.submit_deep_vs_1", many / alone,
          f"{many:.1f} and {alone:.1f} us; {LINK_CAP} in flight: {times.batch[LINK_CAP]:.1f} us")


def write_against(names, ours, peer, failed):
    """As many of the comparisons as there are names."""
    again = f"; {failed} boots of it gave nothing" if failed else ""
    pairs = [(ours.batch[1], peer.batch[1]), (ours.batch[MANY], peer.batch[MANY]),
             (ours.batch[LINK_CAP], peer.batch[LINK_CAP]),
             (ours.window[LINK_CAP], peer.window[LINK_CAP])]
    for name, (left, right) in zip(names, pairs):
        write(name, left / right, f"{left:.1f} and {right:.1f} us{again}")


def measure_rendering(run):
    """Times of a device that renders, or None and why not."""
    try:
        times = run.rendering()
    except guest.Missing as error:
        cannot(AGAINST_PEER + RENDERING, error)
        return None
    write_ours(times)
    return times


def measure(options):
    run = Measurement(options)
    plain, inside, inside_alone, outside, outside_alone = run.plain()
    for name, left, right in zip(PLAIN, (inside, inside_alone), (outside, outside_alone)):
        write(name, left / right, f"{left:.2f} of {right:.2f} GB/s")
    rendering = measure_rendering(run)
    try:
        check_peer()
        peer = run.peer()
    except guest.Missing as error:
        cannot([*(AGAINST_PEER if rendering else []), *NO_VIRGL], error)
        return
    write_against(NO_VIRGL, plain, *peer)
    if rendering:
        write_against(AGAINST_PEER, rendering, *peer)


def parse():
    parser = argparse.ArgumentParser(prog="bench/vm.py", usage=__doc__.split("\n\n")[1][7:])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("certificates", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args()


def main():
    options = parse()
    try:
        guest.check_qemu()
        measure(options)
    except guest.Missing as error:
        cannot(AGAINST_PEER + NO_VIRGL + RENDERING + PLAIN, error)
    except (guest.Failure, OSError, subprocess.SubprocessError, ValueError) as error:
        print(f"bench/vm.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
