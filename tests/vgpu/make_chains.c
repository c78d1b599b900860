/* SPDX-License-Identifier: MIT */
/* Writes what the devices under test are made of: make_chains DRIVER.der DEVICE.der KEY.pem; the
 * chains of two devices, one for each custody, and the key of both. */
#include <stdio.h>
#include <stdlib.h>

#include "certs/authority.h"

static enum vit_status write_file(const char *path, const void *data, size_t len)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return VIT_E_IO;
    }
    size_t written = fwrite(data, 1, len, file);
    return fclose(file) == 0 && written == len ? VIT_OK : VIT_E_IO;
}

static enum vit_status write_chain(const char *path, const struct vit_issuer *issuer,
        const struct vit_pair *pair, enum vit_custody custody)
{
    struct vit_cert_terms terms = { .name = "device under test", .days = 3650 };
    VIT_AUTO(public_key) key = NULL;
    VIT_AUTO(bytes) der = NULL;
    size_t len = 0;
    VIT_TRY(vit_pair_public(pair, &key));
    VIT_TRY(vit_device_issue(issuer, key, custody, &terms, &der, &len));
    return write_file(path, der, len);
}

static enum vit_status write_key(const char *path, const struct vit_pair *pair)
{
    char *pem = NULL;
    size_t len = 0;
    VIT_TRY(vit_pair_write(pair, NULL, 0, &pem, &len));
    enum vit_status status = write_file(path, pem, len);
    vit_pem_free(pem, len);
    return status;
}

static enum vit_status make(char **paths)
{
    struct vit_cert_terms terms = { .name = "root of the tests", .days = 3650 };
    VIT_AUTO(pair) root = NULL;
    VIT_AUTO(pair) middle = NULL;
    VIT_AUTO(pair) device = NULL;
    VIT_TRY(vit_pair_generate(2048, &root));
    VIT_TRY(vit_pair_generate(2048, &middle));
    VIT_TRY(vit_pair_generate(2048, &device));

    VIT_AUTO(bytes) root_der = NULL;
    VIT_AUTO(bytes) middle_der = NULL;
    VIT_AUTO(chain) root_chain = NULL;
    VIT_AUTO(chain) middle_chain = NULL;
    size_t root_len = 0;
    size_t middle_len = 0;
    VIT_TRY(vit_root_create(root, &terms, &root_der, &root_len));
    VIT_TRY(vit_chain_parse(root_der, root_len, &root_chain));
    struct vit_issuer top = { root_chain, root };
    VIT_TRY(vit_intermediate_create(&top, middle, &terms, &middle_der, &middle_len));
    VIT_TRY(vit_chain_parse(middle_der, middle_len, &middle_chain));
    struct vit_issuer issuer = { middle_chain, middle };
    VIT_TRY(write_chain(paths[0], &issuer, device, VIT_CUSTODY_DRIVER));
    VIT_TRY(write_chain(paths[1], &issuer, device, VIT_CUSTODY_DEVICE));
    return write_key(paths[2], device);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: make_chains DRIVER.der DEVICE.der KEY.pem\n");
        return 2;
    }
    enum vit_status status = make(argv + 1);
    if (status != VIT_OK) {
        fprintf(stderr, "make_chains: %s\n", vit_status_name(status));
    }
    return status == VIT_OK ? 0 : 1;
}
