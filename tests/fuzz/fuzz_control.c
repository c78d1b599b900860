/* SPDX-License-Identifier: MIT */
/* Commands of virtio-gpu, one after the other, on an empty device. Input: as machine_command(). */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/machine.h"

enum { COMMANDS_MAX = 64 };

static struct machine machine;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vit_reader in;
    machine_start(&machine);
    vit_reader_init(&in, data, len);
    for (unsigned i = 0; i < COMMANDS_MAX && vit_reader_left(&in) > 0; i++) {
        (void)machine_command(&machine, &in);
    }
    machine_stop(&machine);
    return 0;
}
