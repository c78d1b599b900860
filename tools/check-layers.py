#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks every #include against the arrows of docs/ARCHITECTURE.md.

usage: tools/check-layers.py [ROOT]

Exit 0 when all includes are allowed, 1 with one line per include that is not.
"""

import pathlib
import re
import sys

# Folder -> folders it may include from, besides itself. The longest folder that holds a file
# counts. "include" is the published headers.
ARROWS = {
    "base": [],
    "include": [],
    "crypto": ["base"],
    "certs": ["crypto", "base"],
    "crypto-session": ["certs", "crypto", "base"],
    "wire": ["base"],
    "app": ["crypto-session", "certs", "crypto", "base", "include"],
    "cng": ["crypto", "base", "include"],
    "cng/ncrypt": ["cng", "base", "include"],
    "cng/ksp/token": ["cng", "crypto", "base", "include"],
    "opm": ["base", "include"],
    "umd": ["wire", "crypto-session", "base", "include"],
    "kmd-stub": ["wire", "crypto-session", "base", "include"],
    "vgpu": ["wire", "crypto-session", "certs", "base"],
    "vgpu/vhost": ["vgpu", "wire", "crypto-session", "certs", "base"],
    "vgpu/virgl": ["vgpu", "wire", "crypto-session", "certs", "base"],
    "runtime": ["base", "include"],
    "tools": ["include"],
    "tools/guest": [],
    "tools/vitrine": ["runtime", "certs", "crypto", "crypto-session", "base", "include"],
    "examples": ["runtime", "base", "include"],
    "bench": ["*"],
    "tests": ["*"],
}

# Third-party headers -> folders that may see them.
FOREIGN = {
    "openssl/": ["crypto", "certs", "tests", "bench"],
    "intel-ipsec-mb.h": ["crypto"],
    "event2/": ["vgpu/vhost", "tests"],
    "libavformat/": ["tools/vitrine"],
    "libavcodec/": ["tools/vitrine"],
    "libavutil/": ["tools/vitrine"],
    "libswscale/": ["tools/vitrine"],
    "p11-kit/": ["cng/ksp/token", "tests"],
    "png.h": ["tools/vitrine", "tests"],
    "seccomp.h": ["vgpu/vhost"],
    "virglrenderer.h": ["vgpu/virgl"],
    "EGL/": ["tests"],
    "GLES2/": ["tests"],
    "gbm.h": ["tests"],
    "drm_fourcc.h": ["kmd-stub"],
    "virtgpu_drm.h": ["kmd-stub", "tools/guest", "tests"],
    "xf86drm.h": ["kmd-stub", "tools/guest", "tests"],
    "xf86drmMode.h": ["kmd-stub", "tools/guest", "tests"],
    "jansson.h": ["cng/ncrypt", "tools/vitrine", "vgpu/vhost", "bench", "tests"],
    "criterion/": ["tests"],
    "valgrind/": ["tests"],
}

# (file, folder or header it may include besides) -> why.
EXCEPTIONS = {
    ("crypto/key_ncrypt.c", "ncrypt.h"): "keys in key storage, whose library is loaded when one is there",
    ("crypto/key_ncrypt.c", "vitrine_ncrypt.h"): "the same, and who is asked for its passphrase",
    ("bench/vm_submit.c", "virtgpu_drm.h"): "the same loop for two devices of a guest's kernel",
    ("bench/vm_submit.c", "xf86drm.h"): "the same loop for two devices of a guest's kernel",
    ("kmd-stub/embedded.c", "vgpu/device.h"): "embedded: is the device in this process",
    ("kmd-stub/embedded.c", "certs/chain.h"): "embedded: takes the device's certificate",
    ("kmd-stub/opm_custody.c", "certs/chain.h"): "OPM: the key must be the device certificate's",
    ("kmd-stub/embedded.c", "crypto/dsa.h"): "embedded: takes the key for lists of revoked receivers",
    ("kmd-stub/embedded.c", "crypto/key.h"): "embedded: takes the device's key, custody device",
    ("tools/vitrine/clip.h", "wire/surface.h"): "a sealed frame lies as the driver's pictures do",
    ("tools/vitrine/source.h", "wire/surface.h"): "a sealed frame lies as the driver's pictures do",
    ("vgpu/blt.h", "crypto/cipher.h"): "the engine runs the cipher",
    ("vgpu/job.h", "crypto/cipher.h"): "each worker of the engine has a cipher of its own",
    ("vgpu/vhost/main.c", "crypto/dsa.h"): "the process opens the key for lists of revoked receivers",
    ("vgpu/vhost/main.c", "crypto/key.h"): "the process opens the device's key, custody device",
    ("vgpu/vhost/main.c", "crypto/memory.h"): "the process keeps OpenSSL's memory secret",
    ("vgpu/vhost/main.c", "vgpu/virgl/virgl.h"): "the process has a renderer, --virgl",
    ("vgpu/vhost/options.c", "vgpu/virgl/virgl.h"): "says whether there can be one",
    ("umd/custody.c", "certs/chain.h"): "custody driver: its key must be the device certificate's",
}

# C library and kernel: for everybody.
SYSTEM = set(
    """
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign
    stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath threads
    time uchar wchar wctype
    argp byteswap cpuid dirent dlfcn endian err execinfo fcntl features fnmatch ftw getopt glob grp
    ifaddrs immintrin libgen link malloc mntent netdb poll pthread pty pwd regex sched semaphore
    spawn stdio_ext syslog sysexits termios ucontext unistd utime wordexp
    """.split()
)
SYSTEM_FOLDERS = ("sys/", "linux/", "net/", "netinet/", "arpa/", "asm/")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>|(\S+))', re.MULTILINE)
SKIPPED = ("build", ".git")


def sources(root):
    for path in sorted(root.rglob("*.[ch]")):
        name = path.relative_to(root).as_posix()
        if not any(name == s or name.startswith((s + "/", s + "-")) for s in SKIPPED):
            yield name, path


def folder_of(name, table):
    """The longest folder in the table that holds the file."""
    parts = name.split("/")[:-1]
    for count in range(len(parts), 0, -1):
        folder = "/".join(parts[:count])
        if folder in table:
            return folder
    return None


def excepted(name, header):
    return any(
        name == file and (header == what or header.startswith(what.rstrip("/") + "/"))
        for file, what in EXCEPTIONS
    )


def check_foreign(name, folder, header):
    for prefix, folders in FOREIGN.items():
        if header == prefix or (prefix.endswith("/") and header.startswith(prefix)):
            if any(folder == f or folder.startswith(f + "/") for f in folders):
                return None
            return f"only {', '.join(folders)} may see <{prefix}>"
    if not header.startswith(SYSTEM_FOLDERS) and header.removesuffix(".h") not in SYSTEM:
        return f"nobody has said who may see <{header}>"
    return None


def check_own(root, folder, header):
    target = folder_of(header, ARROWS)
    if target is None or not (root / header).is_file():
        return f'"{header}" is no file of the tree (includes name files by their path from the root)'
    if target in (folder, *ARROWS[folder]) or "*" in ARROWS[folder]:
        return None
    return f"{folder} may not include from {target}"


def check_include(root, name, folder, quoted, angled, computed):
    if computed is not None:
        return f"an include must name its file: {computed}"
    header = quoted if quoted is not None else angled
    if excepted(name, header):
        return None
    if (root / "include" / header).is_file():
        if folder == "include" or "include" in ARROWS[folder] or "*" in ARROWS[folder]:
            return None
        return f"{folder} may not see published headers"
    if quoted is not None:
        return check_own(root, folder, header)
    return check_foreign(name, folder, header)


def check(root):
    """Returns (number of includes seen, complaints)."""
    seen = 0
    complaints = []
    for name, path in sources(root):
        folder = folder_of(name, ARROWS)
        if folder is None:
            complaints.append(f"{name}: its folder is not in the table of layers")
            continue
        text = path.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            seen += 1
            complaint = check_include(root, name, folder, *match.groups())
            if complaint is not None:
                line = text.count("\n", 0, match.start()) + 1
                complaints.append(f"{name}:{line}: {complaint}")
    for file, what in EXCEPTIONS:
        if (root / file.split("/")[0]).is_dir() and not (root / file).is_file():
            complaints.append(f"{file}: excepted for {what} but not there")
    return seen, complaints


def main(arguments):
    if len(arguments) > 2 or "--help" in arguments:
        print(__doc__.strip())
        return 2
    here = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(arguments[1]) if len(arguments) == 2 else here
    seen, complaints = check(root)
    for complaint in complaints:
        print(complaint)
    if seen == 0:
        print(f"{root}: no include found")
        return 1
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
