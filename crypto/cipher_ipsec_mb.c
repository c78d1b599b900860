/* SPDX-License-Identifier: MIT */
#include "crypto/cipher_impl.h"

#include <intel-ipsec-mb.h>
#include <string.h>

#include "base/bytes.h"

enum { SCHEDULE_LEN = 11 * 16 };

/* Round keys, as the library wants them; in secret memory. */
struct schedule {
    uint8_t encrypt[SCHEDULE_LEN];
    uint8_t decrypt[SCHEDULE_LEN]; /* derived with the other, unused */
};

struct ipsec_mb_bulk {
    struct vit_bulk base;
    IMB_MGR *manager;
    struct schedule *schedule;
    uint8_t counter[16];
};

static struct ipsec_mb_bulk *from_base(struct vit_bulk *base)
{
    return (struct ipsec_mb_bulk *)base;
}

static void destroy(struct vit_bulk *base)
{
    struct ipsec_mb_bulk *bulk = from_base(base);
    vit_slab_free(base->slab, bulk->schedule, sizeof(*bulk->schedule));
    if (bulk->manager != NULL) {
        free_mb_mgr(bulk->manager);
    }
    free(bulk);
}

static enum vit_status create(struct vit_slab *slab, struct vit_bulk **out)
{
    struct ipsec_mb_bulk *bulk = calloc(1, sizeof(*bulk));
    if (bulk == NULL) {
        return VIT_E_NOMEM;
    }
    bulk->base = (struct vit_bulk){ &vit_bulk_ipsec_mb, slab };
    bulk->schedule = vit_slab_alloc(slab, sizeof(*bulk->schedule));
    bulk->manager = alloc_mb_mgr(0);
    if (bulk->schedule == NULL || bulk->manager == NULL) {
        destroy(&bulk->base);
        return VIT_E_NOMEM;
    }
    init_mb_mgr_auto(bulk->manager, NULL);
    if (imb_get_errno(bulk->manager) != 0) {
        destroy(&bulk->base);
        return VIT_E_UNSUPPORTED;
    }
    *out = &bulk->base;
    return VIT_OK;
}

static enum vit_status seek(struct vit_bulk *base, const uint8_t counter[16])
{
    memcpy(from_base(base)->counter, counter, 16);
    return VIT_OK;
}

static enum vit_status start(struct vit_bulk *base, const uint8_t key[16],
        const uint8_t counter[16])
{
    struct ipsec_mb_bulk *bulk = from_base(base);
    IMB_AES_KEYEXP_128(bulk->manager, key, bulk->schedule->encrypt, bulk->schedule->decrypt);
    return seek(base, counter);
}

static enum vit_status run(struct vit_bulk *base, const uint8_t *in, uint8_t *out,
        size_t block_count)
{
    struct ipsec_mb_bulk *bulk = from_base(base);
    IMB_JOB job = {
        .src = in,
        .dst = out,
        .iv = bulk->counter,
        .iv_len_in_bytes = 16,
        .enc_keys = bulk->schedule->encrypt,
        .msg_len_to_cipher_in_bytes = block_count * 16,
    };
    uint32_t done = IMB_SUBMIT_CIPHER_BURST_NOCHECK(bulk->manager, &job, 1, IMB_CIPHER_CNTR,
            IMB_DIR_ENCRYPT, IMB_KEY_128_BYTES);
    if (done != 1) {
        return VIT_E_UNSUPPORTED;
    }
    vit_store_be64(bulk->counter + 8, vit_load_be64(bulk->counter + 8) + block_count);
    return VIT_OK;
}

static void drop_key(struct vit_bulk *base)
{
    vit_wipe(from_base(base)->schedule, sizeof(struct schedule));
}

bool vit_bulk_ipsec_mb_is_fast(const struct vit_bulk *base)
{
    const struct ipsec_mb_bulk *bulk = (const struct ipsec_mb_bulk *)base;
    return (bulk->manager->features & IMB_FEATURE_AESNI) != 0;
}

const struct vit_bulk_impl vit_bulk_ipsec_mb = {
    .name = "ipsec-mb",
    .create = create,
    .start = start,
    .seek = seek,
    .run = run,
    .drop_key = drop_key,
    .destroy = destroy,
};
