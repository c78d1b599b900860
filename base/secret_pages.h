/* SPDX-License-Identifier: MIT */
/* Where the slab's pages come from. Only base/secret.c and its tests include this. */
#ifndef BASE_SECRET_PAGES_H
#define BASE_SECRET_PAGES_H

#include <stddef.h>

/* In the order of strength. */
enum vit_pages_kind { VIT_PAGES_LOCKED, VIT_PAGES_SECRET };

/* Zeroed pages, not dumped, not inherited, present: the strongest kind that can be had; NULL: none.
 * Unmap with munmap(). */
void *vit_pages_map(size_t len, enum vit_pages_kind *kind);

/* One kind only. */
void *vit_pages_map_secret(size_t len);
void *vit_pages_map_locked(size_t len);

#endif
