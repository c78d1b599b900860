/* SPDX-License-Identifier: MIT */
#include "vgpu/capset.h"

#include <stdlib.h>

#include "wire/capset.h"

enum vit_status vgpu_capset_create(const struct vgpu_config *config, const struct vit_chain *chain,
        enum vit_custody custody, uint8_t **out, size_t *len)
{
    size_t chain_len = 0;
    const uint8_t *der = vit_chain_der(chain, &chain_len);
    if (chain_len > VIT_CAPSET_CHAIN_MAX_LEN) {
        return VIT_E_REFUSED;
    }
    struct vit_capset capset = {
        .custody = (uint32_t)custody,
        .outputs = config->outputs,
        .session_limit = config->session_limit,
        .byte_limit = config->byte_limit,
        .chain = der,
        .chain_len = (uint32_t)chain_len,
    };
    size_t capacity = VIT_CAPSET_HEADER_LEN + chain_len;
    VIT_AUTO(bytes) bytes = malloc(capacity);
    if (bytes == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(vit_capset_encode(&capset, bytes, capacity, len));
    *out = bytes;
    bytes = NULL;
    return VIT_OK;
}
