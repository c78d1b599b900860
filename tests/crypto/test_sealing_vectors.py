#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""AES-256-GCM and scrypt against the vectors of python3-cryptography-vectors: NIST's, and RFC 7914.

usage: test_sealing_vectors.py TOOL
"""

import pathlib
import subprocess
import sys

import cryptography_vectors

VECTORS = pathlib.Path(cryptography_vectors.__file__).parent
REFUSED = ["status", "6"]


class Tool:
    """A running sealing tool; one question, one answer."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        """The answer's words."""
        self.process.stdin.write(" ".join(str(word) or "-" for word in words) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()

    def close(self):
        """Its exit status."""
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(60)


def cases(path, last):
    """{name: value} of each case; a line last, or FAIL in its place, ends one."""
    case, section = {}, {}
    for line in path.read_text(encoding="ascii").splitlines():
        line = line.strip()
        if line.startswith("["):
            name, value = line.strip("[]").split(" = ")
            section[name] = int(value)
        elif line == "FAIL":
            yield {**section, **case, "FAIL": True}
        elif " =" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            name = name.strip()
            if name.upper() == "COUNT":
                case = {}
            case[name] = value.strip()
            if name == last:
                yield {**section, **case}


def expected(value):
    """As the tool answers."""
    return ["ok", value] if value else ["ok"]


def check_gcm(tool):
    """Cases with the sizes that we use; returns how many."""
    held = 0
    for name, last in (("gcmDecrypt256.rsp", "PT"), ("gcmEncryptExtIV256.rsp", "Tag")):
        for case in cases(VECTORS / "ciphers/AES/GCM" / name, last):
            if case["IVlen"] != 96 or case["Taglen"] != 128:
                continue
            sealed = case["CT"] + case["Tag"]
            opened = tool.ask("open", case["Key"], case["IV"], case["AAD"], sealed)
            if "FAIL" in case:
                assert opened == REFUSED, (name, case, opened)
            else:
                assert opened == expected(case["PT"]), (name, case, opened)
                made = tool.ask("seal", case["Key"], case["IV"], case["AAD"], case["PT"])
                assert made == ["ok", sealed], (name, case, made)
            held += 1
    return held


def check_scrypt(tool):
    """All cases but the one of a gigabyte; returns how many."""
    held = 0
    for case in cases(VECTORS / "KDF/scrypt.txt", "DERIVED_KEY"):
        if int(case["N"]) > 1 << 17:
            continue
        made = tool.ask("scrypt", case["PASSWORD"].encode().hex(), case["SALT"].encode().hex(),
                        case["N"], case["r"], case["p"], case["LENGTH"])
        assert made == ["ok", case["DERIVED_KEY"]], (case, made)
        held += 1
    return held


def main():
    """All vectors."""
    tool = Tool(sys.argv[1])
    sealed, derived = check_gcm(tool), check_scrypt(tool)
    assert tool.close() == 0
    print(f"{sealed} of GCM, {derived} of scrypt")
    return 0 if sealed >= 500 and derived >= 3 else 1


if __name__ == "__main__":
    sys.exit(main())
