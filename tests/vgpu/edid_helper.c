/* SPDX-License-Identifier: MIT */
/* Writes the EDID of an output to standard output: WIDTH HEIGHT SERIAL. */
#include <stdio.h>
#include <stdlib.h>

#include "vgpu/edid.h"

int main(int argc, char **argv)
{
    uint8_t edid[VGPU_EDID_LEN];
    if (argc != 4) {
        return 2;
    }
    vgpu_edid_make((uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3]), edid);
    return fwrite(edid, sizeof(edid), 1, stdout) == 1 && fflush(stdout) == 0 ? 0 : 1;
}
