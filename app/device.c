/* SPDX-License-Identifier: MIT */
#include "app/device.h"

#include <stdbool.h>
#include <stdio.h>

#include "app/status.h"
#include "certs/verify.h"

_Static_assert((int)VITRINE_CUSTODY_DRIVER == (int)VIT_CUSTODY_DRIVER, "same values");
_Static_assert((int)VITRINE_CUSTODY_DEVICE == (int)VIT_CUSTODY_DEVICE, "same values");
_Static_assert((int)VITRINE_REASON_LEN == (int)VIT_REASON_LEN, "same length");

const char *vitrine_status_name(enum vitrine_status status)
{
    return vit_status_name((enum vit_status)status);
}

/* Lists of revoked certificates; NULL where there is a choice: they are not looked at. */
struct lists {
    const void *der;
    size_t len;
};

static enum vit_status verify(const void *chain_der, size_t chain_len, const void *root,
        size_t root_len, const struct lists *lists, int64_t now, struct vit_verified *verified)
{
    *verified = (struct vit_verified){ 0 };
    VIT_AUTO(chain) chain = NULL;
    enum vit_status status = vit_chain_parse(chain_der, chain_len, &chain);
    if (status != VIT_OK) {
        snprintf(verified->reason, sizeof(verified->reason),
                "chain: is not 1 to %d certificates in DER", VIT_CHAIN_MAX_COUNT);
        return status;
    }
    return lists == NULL ? vit_chain_verify(chain, root, root_len, now, verified)
                         : vit_chain_verify_revocation(chain, root, root_len, lists->der,
                                   lists->len, now, verified);
}

static enum vitrine_status make(const void *chain, size_t chain_len, const void *root,
        size_t root_len, const struct lists *lists, int64_t now, char *reason,
        struct vitrine_device **out)
{
    if (chain == NULL || root == NULL || out == NULL) {
        return VITRINE_E_ARG;
    }
    struct vitrine_device *device = calloc(1, sizeof(*device));
    if (device == NULL) {
        return VITRINE_E_NOMEM;
    }
    enum vit_status status =
            verify(chain, chain_len, root, root_len, lists, now, &device->verified);
    if (reason != NULL) {
        bool refused = status == VIT_E_REFUSED;
        snprintf(reason, VITRINE_REASON_LEN, "%s", refused ? device->verified.reason : "");
    }
    if (status != VIT_OK) {
        vitrine_device_destroy(device);
        return vitrine_status_of(status);
    }
    *out = device;
    return VITRINE_OK;
}

VITRINE_RESULT vitrine_device_verify(const void *chain, size_t chain_len, const void *root,
        size_t root_len, int64_t now, char *reason, struct vitrine_device **out)
{
    return make(chain, chain_len, root, root_len, NULL, now, reason, out);
}

VITRINE_RESULT vitrine_device_verify_revocation(const void *chain, size_t chain_len,
        const void *root, size_t root_len, const void *crls, size_t crl_len, int64_t now,
        char *reason, struct vitrine_device **out)
{
    const struct lists lists = { crls, crl_len };
    if (crls == NULL && crl_len > 0) {
        return VITRINE_E_ARG;
    }
    return make(chain, chain_len, root, root_len, &lists, now, reason, out);
}

void vitrine_device_destroy(struct vitrine_device *device)
{
    if (device != NULL) {
        vit_verified_finish(&device->verified);
        free(device);
    }
}

enum vitrine_custody vitrine_device_custody(const struct vitrine_device *device)
{
    return (enum vitrine_custody)device->verified.custody;
}

const char *vitrine_device_subject(const struct vitrine_device *device)
{
    return device->verified.subject;
}

const char *vitrine_device_serial(const struct vitrine_device *device)
{
    return device->verified.serial;
}
