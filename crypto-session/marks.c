/* SPDX-License-Identifier: MIT */
#include "crypto-session/marks.h"

#include <string.h>

#include "crypto/digest.h"

enum vit_status vit_iv_mark_advance(struct vit_iv_mark *mark, uint64_t iv)
{
    if (mark->used && iv <= mark->last) {
        return VIT_E_REFUSED;
    }
    *mark = (struct vit_iv_mark){ .last = iv, .used = true };
    return VIT_OK;
}

/* Compares with every entry, in constant time each: identities may be keys. */
static unsigned find(const struct vit_iv_marks *marks, const uint8_t identity[16])
{
    unsigned found = VIT_MARKS_COUNT;
    for (unsigned i = 0; i < VIT_MARKS_COUNT; i++) {
        if (marks->entries[i].touched != 0 && vit_equal(marks->entries[i].identity, identity, 16)) {
            found = i;
        }
    }
    return found;
}

static unsigned oldest(const struct vit_iv_marks *marks)
{
    unsigned best = 0;
    for (unsigned i = 1; i < VIT_MARKS_COUNT; i++) {
        if (marks->entries[i].touched < marks->entries[best].touched) {
            best = i;
        }
    }
    return best;
}

enum vit_status vit_iv_marks_advance(struct vit_iv_marks *marks, const uint8_t identity[16],
        uint64_t iv)
{
    unsigned index = find(marks, identity);
    if (index == VIT_MARKS_COUNT) {
        index = oldest(marks);
        memset(&marks->entries[index], 0, sizeof(marks->entries[index]));
        memcpy(marks->entries[index].identity, identity, 16);
    }
    VIT_TRY(vit_iv_mark_advance(&marks->entries[index].mark, iv));
    marks->entries[index].touched = ++marks->clock;
    return VIT_OK;
}
