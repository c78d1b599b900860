/* SPDX-License-Identifier: MIT */
/* make-srm FOLDER KSV: writes srm.pem, empty.srm (version 1) and revoking.srm (version 2, which names
 * the receiver of ten hexadecimal digits). */
#include <stdio.h>
#include <stdlib.h>

#include "tests/crypto-session/srm_maker.h"

enum { KSV_LEN = 5 };

static void write_file(const char *folder, const char *name, const void *bytes, size_t len)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, len, file) != len || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    char pem[4096];
    uint8_t srm[256];
    uint8_t vector[1 + KSV_LEN] = { 1 };
    if (argc != 3) {
        return 2;
    }
    unsigned long long ksv = strtoull(argv[2], NULL, 16);
    for (unsigned i = 0; i < KSV_LEN; i++) {
        vector[KSV_LEN - i] = (uint8_t)(ksv >> 8 * i);
    }
    EVP_PKEY *key = srm_make_key(1024, 160);
    write_file(argv[1], "srm.pem", pem, srm_write_key(key, pem, sizeof(pem)));
    write_file(argv[1], "empty.srm", srm, srm_sign(key, srm, srm_begin(srm, 1, NULL, 0)));
    write_file(argv[1], "revoking.srm", srm,
            srm_sign(key, srm, srm_begin(srm, 2, vector, sizeof(vector))));
    EVP_PKEY_free(key);
    return 0;
}
