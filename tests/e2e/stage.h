/* SPDX-License-Identifier: MIT */
/**
 * A player and its content provider on a real device: every link with every custody.
 *
 * EACH(stage) runs the block behind it once for each of the four, on a stage of its own.
 */
#ifndef TESTS_E2E_STAGE_H
#define TESTS_E2E_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/ddi.h"
#include "tests/support/device_process.h"
#include "vitrine.h"

struct stage {
    const char *link;    /* "embedded" or "vhost" */
    const char *custody; /* "driver" or "device" */
    struct support support;
    struct vit_adapter *adapter;
    struct vit_device *device;
    struct vitrine_device *verified; /* as the content provider sees it */
    struct vitrine_cipher *cipher;
    uint64_t next_iv;
};

void stage_open(struct stage *stage, const char *link, const char *custody);
void stage_close(struct stage *stage);

/* For EACH: the next combination, or false at the end. */
bool stage_next(struct stage *stage, unsigned *index);
#define EACH(stage) for (unsigned stage_index = 0; stage_next((stage), &stage_index);)

/* What Negotiate answers to a fresh block for this key. */
HRESULT stage_negotiate(struct stage *stage, struct vit_session *session, const uint8_t key[16]);
struct vit_session *stage_session(struct stage *stage, struct vit_device *device,
        const uint8_t key[16]);

struct vit_resource *stage_resource(struct vit_device *device, enum vit_resource_use use,
        DXGI_FORMAT format, UINT width, UINT height);

/* Bytes that no two runs and no two calls have in common; to be freed. */
uint8_t *stage_noise(size_t len);

/* Seals clear bytes under key (the session's) and decrypts them into a protected resource. Returns
 * what was reported. */
HRESULT stage_decrypt(struct stage *stage, struct vit_session *session, const uint8_t key[16],
        const uint8_t *clear, size_t len, struct vit_resource *into);

/* Waits until everything queued is done. */
void stage_settle(struct vit_device *device);

/* Do len bytes from somewhere in haystack equal those at needle? */
bool stage_contains(const void *haystack, size_t haystack_len, const void *needle, size_t len);

/* Does a process's readable memory (0: this one's) hold these bytes? The needle itself is not
 * counted: pass it inverted, byte by byte. */
bool stage_memory_has(int pid, const uint8_t *inverted, size_t len);
/* The same for those pages only that go into a core file. */
bool stage_core_has(int pid, const uint8_t *inverted, size_t len);
/* The same for a file, whose holes are passed over. */
bool stage_file_has(const char *path, const uint8_t *inverted, size_t len);

#endif
