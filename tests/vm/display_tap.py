# SPDX-License-Identifier: MIT
"""Stands between QEMU and a device, and keeps what the device says to the display.

QEMU hands the far end of the display's socket to the device in a message; this puts a socket of its own
in that place. All else passes as it came.
"""

import array
import os
import socket
import struct
import threading

HEADER_LEN = 12  # request, flags, bytes that follow
GPU_SET_SOCKET = 33  # of vhost-user
UPDATE = 8  # of vhost-user-gpu
MOST_FDS = 16


def receive(stream, length):
    data = b""
    while len(data) < length:
        more = stream.recv(length - len(data))
        if not more:
            raise EOFError
        data += more
    return data


class Update:
    """Pixels of a rectangle of an output."""

    def __init__(self, payload):
        self.output, self.x, self.y, self.width, self.height = struct.unpack("<5I", payload[:20])
        self.pixels = payload[20:]

    @property
    def place(self):
        return (self.output, self.x, self.y, self.width, self.height)


class DisplayTap:
    """Listens on socket in front of the device's own; serves one QEMU."""

    def __init__(self, device):
        self.socket = os.path.join(device.folder.name, "tap")
        self._device = device.socket
        self._lock = threading.Lock()
        self._updates = []
        self._open = []
        self._listening = self._keep(socket.socket(socket.AF_UNIX))
        self._listening.bind(self.socket)
        self._listening.listen(1)
        self._run(self._serve)

    def _keep(self, stream):
        self._open.append(stream)
        return stream

    def _run(self, function, *arguments):
        def work():
            try:
                function(*arguments)
            except (EOFError, OSError):
                pass
            for stream in arguments:  # one end gone, the other one learns it
                try:
                    stream.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

        threading.Thread(target=work, daemon=True).start()

    def _serve(self):
        front = self._keep(self._listening.accept()[0])
        back = self._keep(socket.socket(socket.AF_UNIX))
        back.connect(self._device)
        self._run(self._pass_on, back, front)
        self._run(self._pass_messages, front, back)

    @staticmethod
    def _pass_on(source, sink):
        while True:
            data = source.recv(1 << 16)
            if not data:
                raise EOFError
            sink.sendall(data)

    def _pass_messages(self, front, back):
        while True:
            header, control, _, _ = front.recvmsg(HEADER_LEN, socket.CMSG_SPACE(4 * MOST_FDS))
            if not header:
                raise EOFError
            header += receive(front, HEADER_LEN - len(header))
            fds = array.array("i")
            for _, _, data in control:
                fds.frombytes(data[:len(data) - len(data) % fds.itemsize])
            request, _, length = struct.unpack("<3I", header)
            payload = receive(front, length)
            if request == GPU_SET_SOCKET:
                fds = array.array("i", [self._stand_between(fds[0])])
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)] if fds else []
            back.sendmsg([header + payload], ancillary)
            for number in fds:
                os.close(number)

    def _stand_between(self, number):
        display = self._keep(socket.socket(fileno=number))
        ours, theirs = socket.socketpair()
        self._keep(ours)
        self._run(self._pass_on, display, ours)
        self._run(self._watch, ours, display)
        return theirs.detach()

    def _watch(self, ours, display):
        while True:
            header = receive(ours, HEADER_LEN)
            request, _, length = struct.unpack("<3I", header)
            payload = receive(ours, length)
            # Kept before anybody can see its effect.
            if request == UPDATE:
                with self._lock:
                    self._updates.append(Update(payload))
            display.sendall(header + payload)

    def take(self):
        """The updates since the last call."""
        with self._lock:
            taken, self._updates = self._updates, []
        return taken

    def close(self):
        for stream in self._open:
            stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
