# SPDX-License-Identifier: MIT
"""A device process and a QEMU guest in front of it, for tests and for tools/play.

    with Device(program, ["--certificate", "device.der", "--key", "device.key"]) as device:
        with Guest(device.socket, *image.make(cache, programs)) as guest:
            print(guest.run("session-walkthrough ...").text)
            picture = guest.screendump()

Everything has a limit. Leaving a "with" ends the process; it also ends when this one is killed. All
that a guest leaves on this machine is in memory that goes with it.
"""

import base64
import ctypes
import json
import mmap
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from packages import Missing  # noqa: E402

QEMU = os.environ.get("VITRINE_QEMU", "qemu-system-x86_64")
OLDEST_QEMU = 8
ANSWER_S = 20  # of QEMU to one question
START_S = 20  # of a device process
BOOT_S = 90
PORTS = ["agent", "data"]  # virtio-serial ports vitrine.NAME that every guest has

PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """Device, QEMU or guest did not do what they must."""


def die_with_parent():
    """In a child: no process outlives this one."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def check_qemu():
    """Raises Missing on a machine without a QEMU that can run such a guest."""
    if os.uname().machine != "x86_64":
        raise Missing("guests are x86_64, and this machine is not: configure with -Dvm=disabled")
    path = shutil.which(QEMU)
    if path is None:
        raise Missing(f"{QEMU} is not there: run tools/setup vm, or configure with -Dvm=disabled")
    text = subprocess.run(
        [path, "--version"], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    ).stdout
    version = re.search(r"version (\d+)", text)
    if version is None or int(version.group(1)) < OLDEST_QEMU:
        raise Missing(
            f"{path} is no QEMU {OLDEST_QEMU} or later (Debian 12 has one in its backports: "
            "tools/setup vm), or configure with -Dvm=disabled"
        )
    return path


def end(process):
    if process is not None and process.poll() is None:
        process.kill()
    if process is not None:
        process.wait(ANSWER_S)


def ended(pidfd, limit_s):
    """Has the process behind a descriptor ended within the limit?"""
    return bool(select.select([pidfd], [], [], limit_s)[0])


class Device:
    """A vitrine-gpu process with a socket in a folder of its own."""

    def __init__(self, program, arguments, seconds=START_S):
        self.folder = tempfile.TemporaryDirectory(prefix="vitrine-vm-")
        self.socket = os.path.join(self.folder.name, "gpu")
        self.control = os.path.join(self.folder.name, "control")
        self.process = None
        try:
            self.process = subprocess.Popen(
                [program, "--socket-path", self.socket, "--control-socket", self.control,
                 *map(str, arguments)],
                stdin=subprocess.DEVNULL, preexec_fn=die_with_parent,
            )
            self._await(time.monotonic() + seconds)
        except BaseException:
            self.close()
            raise

    def _await(self, deadline):
        while not os.path.exists(self.socket):
            if self.process.poll() is not None:
                raise Failure(f"vitrine-gpu ended with {self.process.returncode}")
            if time.monotonic() > deadline:
                raise Failure("vitrine-gpu does not listen")
            time.sleep(0.01)

    def kill(self):
        end(self.process)

    def close(self):
        end(self.process)
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Line:
    """Our end of a stream to QEMU or the guest, with deadlines."""

    def __init__(self, end_of_line):
        self.socket = end_of_line
        self.buffer = b""

    def _receive(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise Failure("no answer in time")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError as error:
            raise Failure("no answer in time") from error
        except OSError as error:
            raise Failure(f"the stream broke: {error}") from error
        if not data:
            raise Failure("the other end is gone")
        self.buffer += data

    def line(self, deadline):
        while b"\n" not in self.buffer:
            self._receive(deadline)
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode(errors="replace")

    def take(self, length, deadline):
        while len(self.buffer) < length:
            self._receive(deadline)
        data, self.buffer = self.buffer[:length], self.buffer[length:]
        return data

    def send(self, data, deadline):
        self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Failure(f"nothing can be sent: {error}") from error


class Result:
    """What a program in the guest did."""

    def __init__(self, status, output, errors):
        self.status = status
        self.output = output
        self.errors = errors

    @property
    def text(self):
        return self.output.decode(errors="replace")

    def check(self):
        if self.status != 0:
            raise Failure(
                f"status {self.status}\n{self.text}{self.errors.decode(errors='replace')}"
            )
        return self


class Picture:
    """Rows of R, G, B."""

    def __init__(self, width, height, pixels):
        self.width = width
        self.height = height
        self.pixels = pixels

    @classmethod
    def from_ppm(cls, data):
        match = re.match(rb"P6\s(\d+)\s(\d+)\s255\s", data)
        if match is None:
            raise Failure("QEMU wrote no picture")
        width, height = int(match.group(1)), int(match.group(2))
        pixels = data[match.end():]
        if len(pixels) != width * height * 3:
            raise Failure("QEMU wrote a picture that is cut off")
        return cls(width, height, pixels)

    @classmethod
    def from_bgrx(cls, width, height, data):
        pixels = bytearray(width * height * 3)
        pixels[0::3], pixels[1::3], pixels[2::3] = data[2::4], data[1::4], data[0::4]
        return cls(width, height, bytes(pixels))

    def bgrx(self, last=b"\xff"):
        """Rows of B, G, R and a byte."""
        data = bytearray(last * (self.width * self.height * 4))
        data[0::4], data[1::4], data[2::4] = self.pixels[2::3], self.pixels[1::3], self.pixels[0::3]
        return bytes(data)

    def is_black(self):
        return not any(self.pixels)

    def __eq__(self, other):
        return (self.width, self.height, self.pixels) == (other.width, other.height, other.pixels)


class Guest:
    """A QEMU guest that runs what it is told."""

    def __init__(self, device_socket, kernel, initramfs, *, memory_mib=256, files=b"", ports=None,
                 disks=(), gpu_options="", qemu_options=(), accelerator="tcg,thread=multi",
                 boot_s=BOOT_S):
        """files: another initramfs on top of the first (image.files_archive). ports: more
        virtio-serial ports {name: path of a listening socket, or None}; None: guest.ports[name] is
        our end of it. disks: files that are /dev/vda and so on there, to be read only.
        gpu_options: more properties of the GPU, "max_outputs=2"."""
        self.memory_len = memory_mib << 20
        self.ports = {}
        self.process = None
        self._fds = []
        self._sockets = []
        self._disks = [str(path) for path in disks]
        self._gpu = f"vhost-user-gpu-pci,id=gpu,chardev=gpu,{gpu_options}".rstrip(",")
        self.qmp_line = None
        try:
            self._start(device_socket, kernel, initramfs, files, ports or {}, accelerator,
                        qemu_options)
            deadline = time.monotonic() + boot_s
            self._greet(deadline)
            self._await_agent(deadline)
        except BaseException as error:
            text = self.console()
            self.close()
            if isinstance(error, Failure):
                raise Failure(f"{error}; the guest's console:\n{text[-4000:]}") from error
            raise

    def _memory_file(self, name, data=b""):
        number = os.memfd_create(name)
        self._fds.append(number)
        if data:
            with os.fdopen(os.dup(number), "wb") as file:
                file.write(data)
        return number

    def _pair(self):
        ours, theirs = socket.socketpair()
        self._sockets += [ours, theirs]
        return Line(ours), theirs

    def _port_options(self, ports):
        options = ["-device", "virtio-serial-pci"]
        for name, path in [*((name, None) for name in PORTS), *ports.items()]:
            if path is None:
                self.ports[name], theirs = self._pair()
                chardev = f"socket,id=port-{name},fd={theirs.fileno()}"
            else:
                chardev = f"socket,id=port-{name},path={path}"
            options += ["-chardev", chardev,
                        "-device", f"virtserialport,chardev=port-{name},name=vitrine.{name}"]
        return options

    def _disk_options(self):
        options = []
        for index, path in enumerate(self._disks):
            drive = {"driver": "raw", "node-name": f"disk{index}", "read-only": True,
                     "file": {"driver": "file", "filename": path}}
            options += ["-blockdev", json.dumps(drive),
                        "-device", f"virtio-blk-pci,drive=disk{index}"]
        return options

    def _start(self, device_socket, kernel, initramfs, files, ports, accelerator, more):
        whole = pathlib.Path(initramfs).read_bytes() + files
        initrd = self._memory_file("initrd", whole)
        self._console = self._memory_file("console")
        self.qmp_line, qmp = self._pair()
        command = [
            check_qemu(), "-accel", accelerator, "-M", "q35,memory-backend=mem", "-object",
            f"memory-backend-memfd,id=mem,size={self.memory_len},share=on",
            "-m", f"{self.memory_len >> 20}M", "-nodefaults", "-no-user-config",
            "-display", "none", "-no-reboot",
            "-chardev", f"file,id=console,path=/proc/self/fd/{self._console}",
            "-serial", "chardev:console", "-kernel", str(kernel),
            "-initrd", f"/proc/self/fd/{initrd}",
            "-append", "console=ttyS0 quiet loglevel=4 panic=-1",
            "-chardev", f"socket,id=qmp,fd={qmp.fileno()}", "-mon", "chardev=qmp,mode=control",
            *self._port_options(ports), *self._disk_options(),
        ]
        if device_socket is not None:
            command += ["-chardev", f"socket,id=gpu,path={device_socket}",
                        "-device", self._gpu]
        theirs = [entry for entry in self._sockets if entry not in self._ours()]
        self.process = subprocess.Popen(
            [*command, *more], stdin=subprocess.DEVNULL, preexec_fn=die_with_parent,
            pass_fds=[*self._fds, *(entry.fileno() for entry in theirs)],
        )
        for entry in theirs:
            entry.close()

    def _ours(self):
        return [line.socket for line in (self.qmp_line, *self.ports.values())]

    def _greet(self, deadline):
        if "QMP" not in json.loads(self.qmp_line.line(deadline)):
            raise Failure("this is no QMP")
        self.qmp("qmp_capabilities")

    def _await_agent(self, deadline):
        self._answer(deadline)
        if "Initramfs unpacking failed" in self.console():
            raise Failure("the files do not fit into half of the guest's memory")

    def qmp(self, command, **arguments):
        """What QEMU returns; events are passed over."""
        deadline = time.monotonic() + ANSWER_S
        question = {"execute": command, "arguments": arguments}
        self.qmp_line.send(json.dumps(question).encode() + b"\n", deadline)
        while True:
            answer = json.loads(self.qmp_line.line(deadline))
            if "error" in answer:
                raise Failure(f"{command}: {answer['error'].get('desc')}")
            if "return" in answer:
                return answer["return"]

    def _answer(self, deadline):
        agent = self.ports["agent"]
        match = re.fullmatch(r"(\d+) (\d+) (\d+)", agent.line(deadline))
        if match is None:
            raise Failure("the guest's agent talks nonsense")
        status, output, errors = map(int, match.groups())
        return Result(status, agent.take(output, deadline), agent.take(errors, deadline))

    def start(self, script):
        """Has the guest run a shell script; finish() waits for it."""
        line = base64.b64encode(script.encode()) + b"\n"
        self.ports["agent"].send(line, time.monotonic() + ANSWER_S)

    def finish(self, limit_s=60):
        try:
            return self._answer(time.monotonic() + limit_s)
        except Failure as error:
            raise Failure(f"{error}; the guest's console:\n{self.console()[-4000:]}") from error

    def run(self, script, limit_s=60):
        """Result of a shell script in the guest."""
        self.start(script)
        return self.finish(limit_s)

    def put(self, path, data, limit_s=60):
        """Writes a file in the guest."""
        self.start(f"head -c {len(data)} </dev/virtio-ports/vitrine.data >'{path}'")
        self.ports["data"].send(data, time.monotonic() + limit_s)
        self.finish(limit_s).check()

    def get(self, path, limit_s=60):
        """The bytes of a file in the guest."""
        return self.run(f"cat '{path}'", limit_s).check().output

    def console(self):
        size = os.fstat(self._console).st_size if self._fds else 0
        return os.pread(self._console, min(size, 1 << 20), 0).decode(errors="replace") if size else ""

    def screendump(self, output=0):
        """What one of the device's outputs shows."""
        number = self._memory_file("picture")
        # QEMU has no descriptor of ours that was made after its start, but our own folder of them.
        path = f"/proc/{os.getpid()}/fd/{number}"
        self.qmp("screendump", filename=path, device="gpu", head=output)
        data = os.pread(number, os.fstat(number).st_size, 0)
        self._drop(number)
        return Picture.from_ppm(data)

    def await_picture(self, wanted, limit_s=20):
        """A screendump as soon as wanted(picture) holds; else the last one."""
        deadline = time.monotonic() + limit_s
        while True:
            picture = self.screendump()
            if wanted(picture) or time.monotonic() > deadline:
                return picture
            time.sleep(0.05)

    def count_in_memory(self, patterns):
        """How often each of the byte strings is in the guest's memory, which is read in one go
        while the guest runs."""
        return self._count_in_dump(patterns, lambda path: self.qmp(
            "pmemsave", val=0, size=self.memory_len, filename=path))

    def count_in_dump(self, patterns):
        """The same in all memory that QEMU has of the guest, which stands still meanwhile."""
        return self._count_in_dump(patterns, lambda path: self.qmp(
            "dump-guest-memory", paging=False, protocol=f"file:{path}"))

    def _count_in_dump(self, patterns, write):
        number = self._memory_file("memory")
        write(f"/proc/{os.getpid()}/fd/{number}")
        length = os.fstat(number).st_size
        if length < self.memory_len:
            raise Failure("QEMU did not write all of the guest's memory")
        with mmap.mmap(number, length, prot=mmap.PROT_READ) as memory:
            counts = [count(memory, pattern) for pattern in patterns]
        self._drop(number)
        return counts

    def _drop(self, number):
        self._fds.remove(number)
        os.close(number)

    def is_alive(self):
        return self.process.poll() is None and self.qmp("query-status")["status"] == "running"

    def close(self):
        end(self.process)
        for entry in self._sockets:
            entry.close()
        for number in self._fds:
            os.close(number)
        self._sockets, self._fds = [], []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def count(memory, pattern):
    found = 0
    at = memory.find(pattern)
    while at >= 0:
        found += 1
        at = memory.find(pattern, at + 1)
    return found
