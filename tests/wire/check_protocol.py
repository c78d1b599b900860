#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the message list in wire/message.h with the table in docs/PROTOCOL.md.

usage: check_protocol.py MESSAGE_H PROTOCOL_MD
"""
import re
import sys


def listed(text):
    text = text.replace("\\\n", " ")
    rows = re.findall(
        r"X\(\w+,\s*(\w+),\s*(0x[0-9a-f]+),\s*(\d+),\s*(\d+),\s*\w+,\s*\w+,\s*VIT_USE_(\w+)\)", text)
    return [(name, int(op, 16), int(request), int(reply), use.lower())
            for name, op, request, reply, use in rows]


def documented(text):
    rows = re.findall(
        r"^\| (0x[0-9a-f]+) \| (\w+) \| (\d+) \| (\d+) \| (\w+) \|", text, re.MULTILINE)
    return [(name, int(op, 16), int(request), int(reply), use)
            for op, name, request, reply, use in rows]


def differences(code, page):
    for row in code:
        if row not in page:
            yield f"wire/message.h has {row}, docs/PROTOCOL.md has not"
    for row in page:
        if row not in code:
            yield f"docs/PROTOCOL.md has {row}, wire/message.h has not"


def main():
    with open(sys.argv[1], encoding="utf-8") as header, open(sys.argv[2], encoding="utf-8") as page:
        code, text = listed(header.read()), documented(page.read())
    found = list(differences(code, text))
    if not code or not list(differences(code, text[1:])):
        found.append("the comparison itself does not work")
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
