/* SPDX-License-Identifier: MIT */
/**
 * The messages about protected output objects, one call each on the kernel's own context. The
 * adapter's lock is held. VIT_E_GONE: the device is lost; anything else that fails is the device's
 * own answer.
 */
#ifndef KMD_STUB_OPM_LINK_H
#define KMD_STUB_OPM_LINK_H

#include "crypto-session/opm.h"
#include "kmd-stub/adapter.h"

VIT_RESULT vit_kmd_opm_link_create(struct vit_kmd_adapter *adapter, uint32_t output, uint64_t *id,
        uint8_t random[VIT_OPM_RANDOM_LEN]);
VIT_RESULT vit_kmd_opm_link_destroy(struct vit_kmd_adapter *adapter, uint64_t id);
/* Custody device: the block as it is. */
VIT_RESULT vit_kmd_opm_link_exchange(struct vit_kmd_adapter *adapter, uint64_t id,
        const uint8_t block[VIT_OAEP_BLOCK_LEN]);
/* Custody driver: what was in it. */
VIT_RESULT vit_kmd_opm_link_program(struct vit_kmd_adapter *adapter, uint64_t id,
        const uint8_t plaintext[VIT_OPM_PLAINTEXT_LEN]);

/* The structures are the application's and may change meanwhile: each is copied once. */
struct vit_kmd_opm_call {
    enum vit_op op;
    const void *request;
    size_t request_len;
    const void *additional; /* follows it */
    size_t additional_len;
    void *answer; /* written when the result is 0; NULL: none */
    size_t answer_len;
};

/* @param result  the low half of the code, enum vit_opm_result unless the device is strange */
VIT_RESULT vit_kmd_opm_link_call(struct vit_kmd_adapter *adapter, uint64_t id,
        const struct vit_kmd_opm_call *call, uint32_t *result);

#endif
