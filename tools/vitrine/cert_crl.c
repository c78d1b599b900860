/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/vitrine/cert.h"
#include "tools/vitrine/file.h"

int cert_crl_read(const char *path, uint8_t **der, size_t *len)
{
    *der = NULL;
    *len = 0;
    if (vit_file_read(path, VIT_CRLS_MAX_LEN, der, len) == VIT_OK || errno == ENOENT) {
        return VIT_EXIT_OK;
    }
    return cert_fail_file(path);
}

int cert_crl_make(const char *path, const struct vit_issuer *issuer,
        const struct vit_crl_terms *terms, uint8_t **der, size_t *len)
{
    switch (vit_crl_create(issuer, terms, der, len)) {
    case VIT_OK:
        return VIT_EXIT_OK;
    case VIT_E_REFUSED:
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, path,
                "no next list: its authority is not valid now or has another key, or what is there "
                "is not its list");
    default:
        return vit_command_fail(VIT_EXIT_SYSTEM, CERT, path, "the list cannot be made");
    }
}

/* More than half of its time lies ahead. */
static bool is_current(const uint8_t *der, size_t len, const struct vit_chain *chain)
{
    struct vit_crl_facts facts;
    int64_t now = (int64_t)time(NULL);
    return vit_crl_is_of(der, len, chain) && vit_crl_describe(der, len, &facts) == VIT_OK &&
            facts.this_update <= now && facts.next_update - now > now - facts.this_update;
}

int cert_crl_renew(const char *path, const struct vit_issuer *issuer, uint8_t **der, size_t *len)
{
    VIT_AUTO(bytes) previous = NULL;
    size_t previous_len = 0;
    *der = NULL;
    int code = cert_crl_read(path, &previous, &previous_len);
    if (code != VIT_EXIT_OK ||
            (previous != NULL && is_current(previous, previous_len, issuer->chain))) {
        return code;
    }
    const struct vit_crl_terms terms = { .previous = previous,
        .previous_len = previous_len,
        .days = CERT_CRL_DAYS };
    return cert_crl_make(path, issuer, &terms, der, len);
}
