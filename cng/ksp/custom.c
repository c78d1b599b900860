/* SPDX-License-Identifier: MIT */
#include "cng/ksp/custom.h"

#include <stdlib.h>

#include "cng/ksp/attributes.h"
#include "cng/wide.h"

struct vit_ksp_custom *vit_ksp_custom_new(LPCWSTR name, const uint8_t *bytes, size_t len)
{
    struct vit_ksp_custom *custom = calloc(1, sizeof(*custom));
    if (custom == NULL) {
        return NULL;
    }
    custom->bytes = malloc(len + 1); /* never of length 0 */
    custom->len = len;
    if (custom->bytes == NULL || FAILED(vit_ksp_text_copy(name, &custom->name))) {
        vit_ksp_custom_free(custom);
        return NULL;
    }
    if (len > 0) {
        memcpy(custom->bytes, bytes, len);
    }
    return custom;
}

void vit_ksp_custom_free(struct vit_ksp_custom *custom)
{
    while (custom != NULL) {
        struct vit_ksp_custom *next = custom->next;
        free(custom->name);
        free(custom->bytes);
        free(custom);
        custom = next;
    }
}

struct vit_ksp_custom **vit_ksp_custom_find(struct vit_ksp_custom **list, LPCWSTR name)
{
    while (*list != NULL && !vit_wide_equal((*list)->name, name)) {
        list = &(*list)->next;
    }
    return list;
}
