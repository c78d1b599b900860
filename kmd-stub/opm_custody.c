/* SPDX-License-Identifier: MIT */
#include "kmd-stub/opm_custody.h"

#include "base/log.h"
#include "certs/chain.h"

void vit_kmd_custody_init(struct vit_kmd_custody *custody)
{
    *custody = (struct vit_kmd_custody){ .state = VIT_KMD_CUSTODY_UNKNOWN };
    pthread_mutex_init(&custody->lock, NULL);
}

void vit_kmd_custody_finish(struct vit_kmd_custody *custody)
{
    vit_private_key_destroy(custody->key);
    vit_slab_destroy(custody->slab);
    pthread_mutex_destroy(&custody->lock);
}

/* What the leaf says of itself must be what the device said. */
static enum vit_status open_leaf(const struct vit_capset *capset, struct vit_public_key **leaf)
{
    VIT_AUTO(chain) chain = NULL;
    enum vit_custody said;
    VIT_TRY(vit_chain_parse(capset->chain, capset->chain_len, &chain));
    VIT_TRY(vit_chain_leaf_custody(chain, &said));
    return said == capset->custody ? vit_chain_leaf_key(chain, leaf) : VIT_E_REFUSED;
}

static enum vit_status open_key(struct vit_kmd_custody *custody, const struct vit_capset *capset,
        const char *key_uri)
{
    VIT_AUTO(public_key) leaf = NULL;
    VIT_AUTO(private_key) key = NULL;
    VIT_TRY(open_leaf(capset, &leaf));
    if (capset->custody == VIT_CUSTODY_DEVICE) {
        return VIT_OK;
    }
    VIT_TRY(vit_slab_create(&custody->slab));
    VIT_TRY(vit_private_key_open(key_uri, NULL, NULL, &key));
    if (!vit_private_key_matches(key, leaf)) {
        return VIT_E_REFUSED;
    }
    custody->key = key;
    key = NULL;
    return VIT_OK;
}

bool vit_kmd_custody_usable(struct vit_kmd_custody *custody, const struct vit_capset *capset,
        const char *key_uri)
{
    pthread_mutex_lock(&custody->lock);
    if (custody->state == VIT_KMD_CUSTODY_UNKNOWN) {
        enum vit_status status = open_key(custody, capset, key_uri);
        custody->state = status == VIT_OK ? VIT_KMD_CUSTODY_USABLE : VIT_KMD_CUSTODY_UNUSABLE;
        if (status != VIT_OK) {
            vit_log(VIT_LOG_ERROR, "no output protection: device certificate and its key: %s",
                    vit_status_name(status));
        }
    }
    bool usable = custody->state == VIT_KMD_CUSTODY_USABLE;
    pthread_mutex_unlock(&custody->lock);
    return usable;
}

struct vit_opm_exchange *vit_kmd_custody_alloc(struct vit_kmd_custody *custody)
{
    return vit_slab_alloc(custody->slab, sizeof(struct vit_opm_exchange));
}

void vit_kmd_custody_free(struct vit_kmd_custody *custody, struct vit_opm_exchange *exchange)
{
    vit_slab_free(custody->slab, exchange, sizeof(*exchange));
}
