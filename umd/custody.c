/* SPDX-License-Identifier: MIT */
#include "umd/custody.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "certs/chain.h"

/* What the leaf says of itself must be what the device said. */
static enum vit_status open_leaf(const struct vit_capset *capset, struct vit_public_key **leaf)
{
    VIT_AUTO(chain) chain = NULL;
    enum vit_custody custody;
    VIT_TRY(vit_chain_parse(capset->chain, capset->chain_len, &chain));
    VIT_TRY(vit_chain_leaf_custody(chain, &custody));
    if (custody != capset->custody) {
        return VIT_E_REFUSED;
    }
    return vit_chain_leaf_key(chain, leaf);
}

static void open_key(struct umd_custody *custody, const char *uri,
        const struct vit_public_key *leaf)
{
    VIT_AUTO(private_key) key = NULL;
    const char *reason;
    enum vit_status status = vit_private_key_open_or_tell(uri, NULL, NULL, &key, &reason);
    if (status != VIT_OK) {
        vit_log(VIT_LOG_ERROR, "no content protection: device certificate key: %s",
                reason != NULL ? reason : vit_status_name(status));
        return;
    }
    if (!vit_private_key_matches(key, leaf)) {
        vit_log(VIT_LOG_ERROR,
                "no content protection: the key is not that of the device's "
                "certificate");
        return;
    }
    custody->key = key;
    key = NULL;
    custody->usable = true;
}

static enum vit_status copy_chain(struct umd_custody *custody, const struct vit_capset *capset)
{
    custody->chain = malloc(capset->chain_len);
    if (custody->chain == NULL) {
        return VIT_E_NOMEM;
    }
    memcpy(custody->chain, capset->chain, capset->chain_len);
    custody->chain_len = capset->chain_len;
    return VIT_OK;
}

enum vit_status umd_custody_init(struct umd_custody *custody, const struct vit_adapter_info *info)
{
    *custody = (struct umd_custody){ .usable = false };
    VIT_AUTO(public_key) leaf = NULL;
    enum vit_status status = open_leaf(&info->capset, &leaf);
    if (status != VIT_OK) {
        vit_log(VIT_LOG_ERROR, "no content protection: device certificate: %s",
                vit_status_name(status));
        return VIT_OK;
    }
    VIT_TRY(copy_chain(custody, &info->capset));
    if (info->capset.custody == VIT_CUSTODY_DEVICE) {
        custody->usable = true;
        return VIT_OK;
    }
    open_key(custody, info->key_uri, leaf);
    return VIT_OK;
}

void umd_custody_finish(struct umd_custody *custody)
{
    vit_private_key_destroy(custody->key);
    free(custody->chain);
    *custody = (struct umd_custody){ .usable = false };
}
