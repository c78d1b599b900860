/* SPDX-License-Identifier: MIT */
/**
 * The whole guest memory of a device that is driven from user space: one sparse memfd, handed out
 * in ranges of pages. What was freed is gone from memory; nothing is dumped or inherited.
 */
#ifndef KMD_STUB_ARENA_H
#define KMD_STUB_ARENA_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"

enum { VIT_ARENA_PAGE = 4096 };

struct vit_arena;

/* @param size  multiple of the page, address space only until it is used */
VIT_RESULT vit_arena_create(uint64_t size, struct vit_arena **arena);
void vit_arena_destroy(struct vit_arena *arena);
VIT_DEFINE_AUTO(arena, struct vit_arena *, vit_arena_destroy)

int vit_arena_fd(const struct vit_arena *arena);
uint64_t vit_arena_size(const struct vit_arena *arena);
/* The byte at an offset. */
uint8_t *vit_arena_at(const struct vit_arena *arena, uint64_t offset);

/* Zeroed; a range begins at a page and is never at offset 0.
 * @return VIT_E_ARG len is 0; VIT_E_LIMIT no room; VIT_E_NOMEM */
VIT_RESULT vit_arena_alloc(struct vit_arena *arena, uint64_t len, uint64_t *offset);
/* len is the one of the allocation. */
void vit_arena_free(struct vit_arena *arena, uint64_t offset, uint64_t len);

#endif
