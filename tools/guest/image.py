#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes guests: a kernel, and an initramfs of busybox, its modules and programs of this machine.

usage: image.py CACHE [--mesa] [PROGRAM...]

Prints two lines, the kernel and the initramfs. Both lie in CACHE under names that depend on their
content, and are made only when they are not there. Programs go to /app, with all libraries that they
need; --mesa adds what a program needs for OpenGL ES on a virgl device. With Mesa give a guest 1 GiB.
"""

import hashlib
import io
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import packages  # noqa: E402
from packages import Missing  # noqa: E402,F401

HERE = pathlib.Path(__file__).resolve().parent
MODULES = ["virtio_pci", "virtio_console", "virtio_blk", "virtio_gpu"]
APP = "app"
APP_LIBRARIES = "app/lib"
KEPT = 6  # initramfs files of one kind in a cache

# Where the dynamic linker looks by itself; libraries from elsewhere go to APP_LIBRARIES.
SYSTEM_FOLDERS = re.compile(r"/(usr/)?lib(64)?/([^/]*-linux-gnu/)?[^/]+")

# Opened by name at run time, so no program says that it needs them.
MESA = [
    "/usr/lib/{}/libEGL_mesa.so.0",
    "/usr/lib/{}/dri/virtio_gpu_dri.so",
    "/usr/lib/{}/gbm/dri_gbm.so",
    "/usr/share/glvnd/egl_vendor.d/50_mesa.json",
]
MESA_OPTIONAL = {"/usr/lib/{}/gbm/dri_gbm.so"}
TRIPLET = "x86_64-linux-gnu"


class Archive:
    """A cpio archive as the kernel unpacks it (newc)."""

    def __init__(self):
        self.bytes = io.BytesIO()
        self.folders = set()
        self.count = 0

    def _entry(self, name, mode, data):
        self.count += 1
        encoded = name.encode() + b"\0"
        fields = [self.count, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0]
        self.bytes.write(b"070701" + b"".join(b"%08x" % field for field in fields))
        self.bytes.write(encoded)
        self._pad()
        self.bytes.write(data)
        self._pad()

    def _pad(self):
        self.bytes.write(bytes(-self.bytes.tell() % 4))

    def folder(self, name):
        if name and name not in self.folders:
            self.folder(name.rpartition("/")[0])
            self.folders.add(name)
            self._entry(name, 0o40755, b"")

    def add(self, name, data, mode=0o644):
        name = name.lstrip("/")
        self.folder(name.rpartition("/")[0])
        self._entry(name, 0o100000 | mode, data)

    def add_file(self, name, path):
        path = pathlib.Path(path)
        self.add(name, path.read_bytes(), 0o755 if os.access(path, os.X_OK) else 0o644)

    def done(self):
        self._entry("TRAILER!!!", 0, b"")
        self.bytes.write(bytes(-self.bytes.tell() % 512))
        return self.bytes.getvalue()


def files_archive(files):
    """An initramfs of {name in the guest: path or bytes}, to be put behind another one."""
    archive = Archive()
    for name, content in sorted(files.items()):
        if isinstance(content, bytes):
            archive.add(name, content)
        else:
            archive.add_file(name, content)
    return archive.done()


def libraries_of(paths):
    """{soname or linker: path} of all shared libraries that the files need."""
    found = {}
    for path in paths:
        done = subprocess.run(
            ["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"]}, check=False, timeout=60,
        )
        for line in done.stdout.splitlines():
            missing = re.match(r"\s*(\S+) => not found", line)
            if missing:
                raise Missing(f"{path} needs {missing.group(1)}, which is not on this machine")
            match = re.match(r"\s*(?:(\S+) => )?(/\S+) \(0x", line)
            if match:
                found[match.group(1) or match.group(2)] = match.group(2)
    return found


def place_of(soname, path):
    """Where a library lies in the guest."""
    if SYSTEM_FOLDERS.fullmatch(path):
        return path.lstrip("/")
    return f"{APP_LIBRARIES}/{os.path.basename(soname)}"


def mesa_files():
    files = {}
    for pattern in MESA:
        path = pattern.format(TRIPLET)
        if os.path.exists(path):
            files[path.lstrip("/")] = path
        elif pattern not in MESA_OPTIONAL:
            raise Missing(f"{path} is not there: Mesa is not installed (tools/setup check)")
    return files


def program_files(programs, mesa):
    """{name in the guest: path} of programs or libraries, and of all libraries below them."""
    files = {}
    for program in map(str, programs):
        folder = APP_LIBRARIES if re.search(r"\.so(\.\d+)*$", program) else APP
        files[f"{folder}/{os.path.basename(program)}"] = program
    if mesa:
        files.update(mesa_files())
    libraries = libraries_of([path for path in files.values() if not path.endswith(".json")])
    for soname, path in libraries.items():
        files.setdefault(place_of(soname, path), path)
    return files


def digest_of(parts):
    total = hashlib.sha256()
    for part in parts:
        total.update(b"%d:" % len(part) + part)
    return total.hexdigest()[:24]


def write_once(path, data):
    """Appears when it is whole; whoever comes second finds the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def drop_old(cache, kind):
    found = sorted(cache.glob(f"{kind}-*.cpio"), key=lambda path: path.stat().st_mtime)
    for path in found[:-KEPT]:
        path.unlink(missing_ok=True)


def package_state():
    parts = []
    for package in (packages.KERNEL, packages.BUSYBOX):
        state = packages.path_of(package).stat()
        parts.append(f"{package} {state.st_size} {state.st_mtime_ns}".encode())
    return parts


def base(cache):
    """(vmlinux, archive of what every guest has)."""
    sources = [(HERE / name).read_bytes() for name in ("image.py", "packages.py", "init")]
    name = digest_of([*sources, *package_state(), " ".join(MODULES).encode()])
    vmlinux, system = cache / f"vmlinux-{name}", cache / f"system-{name}"
    if not (vmlinux.is_file() and system.is_file()):
        image, modules = packages.kernel(MODULES)
        archive = Archive()
        archive.add("bin/busybox", packages.busybox(), 0o755)
        archive.add_file("init", HERE / "init")
        for module, data in modules:
            archive.add(f"lib/modules/{module}.ko", data)
        order = "".join(f"{module}\n" for module, _ in modules)
        archive.add("lib/modules/order", order.encode())
        write_once(system, archive.done())
        write_once(vmlinux, image)
    return vmlinux, system


def make(cache, programs, mesa=False):
    """(vmlinux, initramfs)."""
    cache = pathlib.Path(cache)
    vmlinux, system = base(cache)
    files = program_files(programs, mesa)
    content = {name: pathlib.Path(path).read_bytes() for name, path in files.items()}
    kind = "mesa" if mesa else "plain"
    parts = [system.name.encode()]
    for name in sorted(content):
        parts += [name.encode(), content[name]]
    initramfs = cache / f"{kind}-{digest_of(parts)}.cpio"
    if not initramfs.is_file():
        write_once(initramfs, system.read_bytes() + files_archive(files))
        drop_old(cache, kind)
    return vmlinux, initramfs


def main(arguments):
    mesa = "--mesa" in arguments
    words = [word for word in arguments if word != "--mesa"]
    if not words or words[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        print(*make(words[0], words[1:], mesa), sep="\n")
    except (Missing, OSError) as error:
        print(f"tools/guest/image.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
