#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""EDIDs of outputs as edid-decode reads them. usage: test_edid.py HELPER (TAP)"""

import re
import subprocess
import sys

# Size, and the mode that the detailed timing can say.
CASES = [
    ((1280, 800), (1280, 800)),
    ((640, 480), (640, 480)),
    ((1920, 1080), (1920, 1080)),
    ((3840, 2160), (3840, 2160)),
    ((1, 1), (1920, 1080)),
    ((4095, 2000), (4095, 2000)),
    ((4096, 2160), (1920, 1080)),
    ((16384, 16384), (1920, 1080)),
    ((0, 0), (1920, 1080)),
]


def decode(helper, size, serial):
    edid = subprocess.run([helper, str(size[0]), str(size[1]), str(serial)], check=True,
                          stdout=subprocess.PIPE).stdout
    shown = subprocess.run(["edid-decode", "--check"], input=edid, stdout=subprocess.PIPE,
                           check=False).stdout.decode()
    return edid, shown


def main():
    number = 0
    print(f"1..{len(CASES)}")
    for size, told in CASES:
        number += 1
        edid, shown = decode(sys.argv[1], size, number)
        timing = re.search(r"DTD 1:\s+(\d+)x(\d+)\s+(\d+)\.", shown)
        good = (
            len(edid) == 128
            and timing is not None
            and (int(timing[1]), int(timing[2])) == told
            and 55 <= int(timing[3]) <= 61
            and "Vitrine" in shown
            and "Manufacturer: VIT" in shown
            and f"Serial Number: {number}" in shown
            and "EDID conformity: PASS" in shown
        )
        print(f"{'ok' if good else 'not ok'} {number} - {size[0]}x{size[1]}")
        if not good:
            print("\n".join("# " + line for line in shown.splitlines()))


main()
