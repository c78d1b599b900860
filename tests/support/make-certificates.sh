#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes what the tests of a build share: a root, a device of each custody, another root with a device.
#
# usage: make-certificates.sh VITRINE FOLDER STAMP
set -eu
vitrine=$1
folder=$2
rm -rf "$folder"
for ca in ca other; do
    "$vitrine" cert init --dir "$folder/$ca" --crl-days 3650 >/dev/null
done
for custody in driver device; do
    "$vitrine" cert issue --dir "$folder/ca" --custody $custody -o "$folder/$custody" >/dev/null
done
"$vitrine" cert issue --dir "$folder/other" --custody driver -o "$folder/other-driver" >/dev/null
touch "$3"
