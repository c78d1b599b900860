#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a file of the tree as a mutant has it.

usage: apply.py MUTANT FILE ROOT OUTPUT

FILE, relative to ROOT, is what the build expects the mutant to change. Exit 1 with one line when it
says otherwise, or when its old text is not there exactly once.
"""

import pathlib
import sys

from mutant import Mutant


def main(arguments):
    path, file, root, output = arguments
    try:
        mutant = Mutant(path)
        if mutant.file != file:
            raise ValueError(f"{mutant.name}: changes {mutant.file}, the build says {file}")
        source = (pathlib.Path(root) / file).read_text(encoding="utf-8")
        text = mutant.apply(source)
    except (OSError, ValueError, AttributeError) as error:
        print(error, file=sys.stderr)
        return 1
    # Messages of the compiler name the file of the tree.
    pathlib.Path(output).write_text(f'#line 1 "{file}"\n{text}', encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
