/* SPDX-License-Identifier: MIT */
#include "kmd-stub/gpu_capset.h"

#include <endian.h>
#include <string.h>

#include "wire/capset.h"

enum {
    HEADER_LEN = sizeof(struct virtio_gpu_resp_capset),
    RESPONSE_MAX_LEN = HEADER_LEN + VIT_CAPSET_MAX_LEN,
    MAX_CAPSETS = 64,
};

static enum vit_status ask_info(struct vit_gpu *gpu, uint64_t response, uint32_t index,
        struct virtio_gpu_resp_capset_info *info)
{
    struct vit_gpu_batch batch = { .count = 0 };
    struct virtio_gpu_get_capset_info *get;
    void *request;
    VIT_TRY(vit_gpu_add(gpu, &batch, VIRTIO_GPU_CMD_GET_CAPSET_INFO, sizeof(*get), &request));
    get = request;
    get->capset_index = htole32(index);
    VIT_TRY(vit_gpu_ask(gpu, &batch, VIRTIO_GPU_RESP_OK_CAPSET_INFO, response, sizeof(*info)));
    memcpy(info, vit_arena_at(gpu->arena, response), sizeof(*info));
    return VIT_OK;
}

static enum vit_status find(struct vit_gpu *gpu, uint64_t response,
        struct virtio_gpu_resp_capset_info *info)
{
    uint32_t count = gpu->transport->capset_count;
    for (uint32_t i = 0; i < count && i < MAX_CAPSETS; i++) {
        VIT_TRY(ask_info(gpu, response, i, info));
        if (le32toh(info->capset_id) == VIT_CAPSET_ID) {
            return VIT_OK;
        }
    }
    return VIT_E_UNSUPPORTED;
}

static enum vit_status ask_capset(struct vit_gpu *gpu, uint64_t response, uint32_t version,
        uint32_t len)
{
    struct vit_gpu_batch batch = { .count = 0 };
    struct virtio_gpu_get_capset *get;
    void *request;
    VIT_TRY(vit_gpu_add(gpu, &batch, VIRTIO_GPU_CMD_GET_CAPSET, sizeof(*get), &request));
    get = request;
    get->capset_id = htole32(VIT_CAPSET_ID);
    get->capset_version = htole32(version);
    return vit_gpu_ask(gpu, &batch, VIRTIO_GPU_RESP_OK_CAPSET, response, HEADER_LEN + len);
}

static enum vit_status read_capset(struct vit_gpu *gpu, uint64_t response, uint8_t *out,
        size_t *out_len)
{
    struct virtio_gpu_resp_capset_info info;
    VIT_TRY(find(gpu, response, &info));
    uint32_t len = le32toh(info.capset_max_size);
    if (len == 0 || len > VIT_CAPSET_MAX_LEN) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(ask_capset(gpu, response, le32toh(info.capset_max_version), len));
    memcpy(out, vit_arena_at(gpu->arena, response) + HEADER_LEN, len);
    *out_len = len;
    return VIT_OK;
}

enum vit_status vit_gpu_capset(struct vit_gpu *gpu, uint8_t *out, size_t *out_len)
{
    uint64_t response = 0;
    VIT_TRY(vit_arena_alloc(gpu->arena, RESPONSE_MAX_LEN, &response));
    enum vit_status status = read_capset(gpu, response, out, out_len);
    if (!gpu->gone) {
        vit_arena_free(gpu->arena, response, RESPONSE_MAX_LEN);
    }
    return status;
}
