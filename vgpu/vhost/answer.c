/* SPDX-License-Identifier: MIT */
#include "vgpu/vhost/answer.h"

#include <string.h>

/* In the machine's byte order, as the whole protocol. */
static uint32_t word(const struct vhost_answer *answer, size_t index)
{
    uint32_t value;
    memcpy(&value, answer->bytes + index * sizeof(value), sizeof(value));
    return value;
}

static size_t wanted_len(const struct vhost_answer *answer)
{
    return answer->len < VGPU_DISPLAY_HEADER_LEN ? (size_t)VGPU_DISPLAY_HEADER_LEN
                                                 : sizeof(answer->bytes);
}

static void read_modes(const struct vhost_answer *answer, struct vgpu_mode *modes)
{
    enum { FIRST_MODE = (VGPU_DISPLAY_HEADER_LEN + 24) / 4, MODE_WORDS = 6 };
    for (size_t i = 0; i < VGPU_MAX_OUTPUTS; i++) {
        size_t at = FIRST_MODE + i * MODE_WORDS;
        bool enabled = word(answer, at + 4) != 0;
        modes[i].width = enabled ? word(answer, at + 2) : 0;
        modes[i].height = enabled ? word(answer, at + 3) : 0;
    }
}

/* The header is complete: is it an answer that is wanted? */
static enum vit_status look(struct vhost_answer *answer)
{
    if (answer->len != VGPU_DISPLAY_HEADER_LEN) {
        return VIT_OK;
    }
    bool modes = word(answer, 0) == VGPU_DISPLAY_GET_DISPLAY_INFO;
    uint32_t size = word(answer, 2);
    if (modes) {
        return size == VHOST_MODES_ANSWER_LEN ? VIT_OK : VIT_E_PROTOCOL;
    }
    answer->skip = size;
    answer->len = 0;
    return VIT_OK;
}

static size_t min_len(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

enum vit_status vhost_answer_take(struct vhost_answer *answer, const uint8_t *bytes, size_t len,
        size_t *used, struct vgpu_mode *modes)
{
    *used = 0;
    while (*used < len) {
        size_t left = len - *used;
        if (answer->skip > 0) {
            size_t part = min_len(answer->skip, left);
            answer->skip -= part;
            *used += part;
            continue;
        }
        size_t part = min_len(wanted_len(answer) - answer->len, left);
        memcpy(answer->bytes + answer->len, bytes + *used, part);
        answer->len += part;
        *used += part;
        VIT_TRY(look(answer));
        if (answer->len == sizeof(answer->bytes)) {
            read_modes(answer, modes);
            answer->len = 0;
            return VIT_OK;
        }
    }
    return VIT_E_BUSY;
}
