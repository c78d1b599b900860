/* SPDX-License-Identifier: MIT */
/**
 * Which key storage providers there are: what the manifests in a directory say, *.json, in the order
 * of their file names.
 *
 *     {"providers": ["Name", ...], "library": "file.so", "default": true, "comment": "..."}
 *
 * The directory is read anew each time, so an administrator's change is seen at once. A manifest that
 * is not as it must be is left out, with a line in the log; the others count. Of two providers of one
 * name the first counts.
 */
#ifndef CNG_NCRYPT_MANIFEST_H
#define CNG_NCRYPT_MANIFEST_H

#include <stddef.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "winabi.h"

struct vit_manifest_provider {
    WCHAR *name;
    WCHAR *comment; /* "" without one */
    char *library;  /* an absolute path */
};

struct vit_manifests {
    struct vit_manifest_provider *providers;
    size_t count;
    size_t by_default; /* the place of the default provider and 1; 0: there is none */
};

/* No directory: no providers. @return VIT_E_NOMEM */
VIT_RESULT vit_manifests_read(struct vit_manifests *manifests);
void vit_manifests_finish(struct vit_manifests *manifests);

/* NULL as a name: the default provider. NULL: there is none. */
const struct vit_manifest_provider *vit_manifests_find(const struct vit_manifests *manifests,
        const WCHAR *name);

#endif
