/* SPDX-License-Identifier: MIT */
/**
 * The vendor-private blocks that travel through the runtime's callbacks between the user-mode
 * driver and the kernel driver. Each begins with u32 magic, u16 version; numbers are little-endian
 * and there is no pointer in them. Magic or version of another vendor's driver: STATUS_GRAPHICS_
 * DRIVER_MISMATCH; anything else wrong: STATUS_INVALID_PARAMETER.
 */
#ifndef WIRE_KMD_H
#define WIRE_KMD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "wire/capset.h"
#include "wire/message.h"

#define VIT_KMD_MAGIC 0x4d54495fu
enum { VIT_KMD_VERSION = 1 };

/**
 * pfnQueryAdapterInfoCb: the caller passes a buffer of VIT_ADAPTER_INFO_LEN bytes that begins with
 * magic and version, and gets u32 magic, u16 version, u16 0, u32 capset length, u32 key URI length,
 * then the capset and the URI (no terminator). The URI names the device certificate key when
 * custody is driver; else it is empty.
 */
enum {
    VIT_KEY_URI_MAX_LEN = 1024,
    VIT_ADAPTER_INFO_LEN = 16 + VIT_CAPSET_MAX_LEN + VIT_KEY_URI_MAX_LEN,
};

struct vit_adapter_info {
    struct vit_capset capset; /* chain borrowed from the buffer */
    char key_uri[VIT_KEY_URI_MAX_LEN + 1];
};

/* Writes only the first 8 bytes: what the caller of the callback sends. */
void vit_adapter_info_ask(uint8_t block[VIT_ADAPTER_INFO_LEN]);
/* @return VIT_E_UNSUPPORTED mismatch, VIT_E_ARG short */
VIT_RESULT vit_adapter_info_check_ask(const void *block, size_t len);
VIT_RESULT vit_adapter_info_encode(const uint8_t *capset, size_t capset_len, const char *key_uri,
        uint8_t *out, size_t capacity);
VIT_RESULT vit_adapter_info_decode(const void *block, size_t len, struct vit_adapter_info *info);

/**
 * pfnAllocateCb, block of each allocation (32 bytes): u32 magic, u16 version, u16 kind, u32 width,
 * u32 height, u32 format, u32 0, u64 size. size is vit_surface's and must agree.
 */
enum vit_allocation_kind {
    VIT_ALLOCATION_SHARED = 1,            /* used by both sides, can be locked */
    VIT_ALLOCATION_PROTECTED = 2,         /* exists in the device only; a lock fails */
    VIT_ALLOCATION_PRIMARY = 3,           /* can be shown; can be locked */
    VIT_ALLOCATION_PROTECTED_PRIMARY = 4, /* can be shown; exists in the device only */
};

enum { VIT_ALLOCATION_BLOCK_LEN = 32 };

struct vit_allocation_block {
    enum vit_allocation_kind kind;
    uint32_t width, height;
    uint32_t format; /* enum vit_format */
    uint64_t size;
};

void vit_allocation_block_encode(const struct vit_allocation_block *block,
        uint8_t out[VIT_ALLOCATION_BLOCK_LEN]);
/* @return VIT_E_UNSUPPORTED magic or version, VIT_E_ARG anything else */
VIT_RESULT vit_allocation_block_decode(const void *data, size_t len,
        struct vit_allocation_block *block);

/**
 * pfnEscapeCb: one DIRECT message and its answer in one block. u32 magic, u16 version,
 * u16 allocation count, u32 status (out), u32 reply length (out), VIT_ESCAPE_ALLOCATIONS times
 * {u32 allocation handle, u32 offset in the message where its resource id belongs}, then the message
 * (header and body); a reply body is written over the start of the message.
 * The block is exactly as long as its message: VIT_ESCAPE_HEADER_LEN + header + body, but has at
 * least room for the reply.
 */
enum {
    VIT_ESCAPE_ALLOCATIONS = 2,
    VIT_ESCAPE_HEADER_LEN = 16 + VIT_ESCAPE_ALLOCATIONS * 8,
    VIT_ESCAPE_MAX_LEN = VIT_ESCAPE_HEADER_LEN + 8 + VIT_REQUEST_MAX_LEN,
};

struct vit_escape {
    uint32_t allocation_count;
    struct {
        uint32_t handle; /* D3DKMT_HANDLE */
        uint32_t offset;
    } allocations[VIT_ESCAPE_ALLOCATIONS];
};

void vit_escape_encode(const struct vit_escape *escape, struct vit_writer *out);
/* Leaves the reader at the message. @return VIT_E_UNSUPPORTED magic or version, VIT_E_ARG */
VIT_RESULT vit_escape_decode(struct vit_reader *in, struct vit_escape *escape);
/* What the kernel driver answers: writes status, length and body into the block. */
void vit_escape_answer(uint8_t *block, size_t block_len, enum vit_status status, const void *body,
        size_t body_len);
/* What the user-mode driver reads back. @return the device's status; VIT_E_PROTOCOL when malformed */
VIT_RESULT vit_escape_result(const uint8_t *block, size_t block_len, void *body, size_t body_len);

/**
 * Command buffer of a context: QUEUED messages back to back, from CommandOffset to CommandLength,
 * without an envelope. A resource id field holds 0 and has one patch location: PatchOffset is where
 * the field lies in the command buffer, AllocationIndex names the element of the allocation list;
 * SlotId, DriverId, AllocationOffset and SplitOffset are 0. WriteOperation is set for what a message
 * writes.
 */

/**
 * Completion, without a system call on the way. pfnSignalSynchronizationObject2Cb with the flag
 * EnqueueCpuEvent, ObjectCount 0 and CpuEventHandle = the address of a vit_kmd_event: done becomes 1
 * (release) when the context has finished all that was submitted before. The memory must live until
 * then or until the context is destroyed; destroying the context sets what is left.
 *
 * pfnWaitForSynchronizationObject2Cb with ObjectCount 0 lets the context make progress for at most
 * FenceValue nanoseconds and returns as soon as anything completed; 0: takes only what is there.
 */
struct vit_kmd_event {
    _Atomic uint32_t done;
};

#endif
