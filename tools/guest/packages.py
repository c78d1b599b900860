# SPDX-License-Identifier: MIT
"""What guests are made of, taken out of the packages that tools/setup downloads: a kernel as QEMU
boots it fastest, its modules, busybox. Nothing of them is installed on this machine."""

import lzma
import os
import pathlib
import re
import subprocess
import tarfile

FOLDER = pathlib.Path(os.environ.get("VITRINE_GUEST_PACKAGES", "/var/cache/vitrine/packages"))
KERNEL = "linux-image-amd64"
BUSYBOX = "busybox-static"

ELF = b"\x7fELF"
XZ = b"\xfd7zXZ\x00"
ZSTD = b"\x28\xb5\x2f\xfd"
MODULE = re.compile(r"\./(?:usr/)?lib/modules/[^/]+/kernel/(?:.*/)?([^/]+)\.ko(\.xz|\.zst)?")


class Missing(Exception):
    """Something that a guest needs is not on this machine; the text says what and what to do."""


def path_of(package):
    path = FOLDER / f"{package}.deb"
    if not path.is_file():
        raise Missing(f"{path} is not there: run tools/setup vm")
    return path


def unpacked(data):
    """The bytes of an XZ or Zstandard stream, or the bytes themselves."""
    if data.startswith(XZ):
        return lzma.LZMADecompressor().decompress(data)
    if data.startswith(ZSTD):
        done = subprocess.run(
            ["zstd", "-dc"], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            check=False, timeout=60,
        )
        if done.returncode != 0:
            raise Missing(f"zstd: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout
    return data


def elf_kernel(image):
    """vmlinux out of a bzImage: where its payload is, the boot protocol's header says."""
    if image.startswith(ELF):
        return image
    if image[0x202:0x206] != b"HdrS" or int.from_bytes(image[0x206:0x208], "little") < 0x208:
        raise Missing("the kernel is no bzImage of boot protocol 2.08")
    begin = (image[0x1F1] + 1) * 512 + int.from_bytes(image[0x248:0x24C], "little")
    # The last four bytes of the payload are its unpacked length.
    end = begin + int.from_bytes(image[0x24C:0x250], "little") - 4
    kernel = unpacked(image[begin:end])
    if not kernel.startswith(ELF):
        raise Missing("the kernel is packed neither by XZ nor by Zstandard")
    return kernel


def needed_by(module):
    """Names of the modules that a module's own information asks for, underscores throughout."""
    found = re.search(rb"\0depends=([^\0]*)\0", module)
    names = found.group(1).decode().split(",") if found else []
    return [name.replace("-", "_") for name in names if name]


def in_order(modules, built_in, wanted):
    """Names of the wanted modules and all that they need, each after what it needs, without those
    that are built into the kernel."""
    order = []

    def visit(name):
        if name in order or name in built_in:
            return
        if name not in modules:
            raise Missing(f"{path_of(KERNEL)} has no module {name}")
        for other in needed_by(modules[name]):
            visit(other)
        order.append(name)

    for name in wanted:
        visit(name)
    return order


def members(package):
    """Pairs (name, bytes) of the files of a package, in its order."""
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", path_of(package)], stdout=subprocess.PIPE
    ) as process:
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, lambda member=member: archive.extractfile(member).read()


def busybox():
    for name, read in members(BUSYBOX):
        if name.endswith("/bin/busybox"):
            return read()
    raise Missing(f"{path_of(BUSYBOX)} has no busybox in it")


def kernel(wanted):
    """(vmlinux, [(name, module)] in the order in which they must be loaded)."""
    # All of these are of the folders below; others need not be unpacked.
    folders = re.compile(r"/kernel/(drivers/(virtio|gpu|char|block|video|dma-buf)|lib)/")
    image = None
    modules = {}
    built_in = set()
    for name, read in members(KERNEL):
        module = MODULE.fullmatch(name)
        if name.startswith("./boot/vmlinuz-"):
            image = elf_kernel(read())
        elif name.endswith("/modules.builtin"):
            built_in = {path.rpartition("/")[2].removesuffix(".ko").replace("-", "_")
                        for path in read().decode().splitlines()}
        elif module and folders.search(name) and "/gpu/drm/" not in name:
            modules[module.group(1).replace("-", "_")] = read()
        elif module and re.search(r"/gpu/drm/([^/]+\.ko|virtio/|display/)", name):
            modules[module.group(1).replace("-", "_")] = read()
    if image is None:
        raise Missing(f"{path_of(KERNEL)} has no kernel in it")
    modules = {name: unpacked(data) for name, data in modules.items()}
    return image, [(name, modules[name]) for name in in_order(modules, built_in, wanted)]
