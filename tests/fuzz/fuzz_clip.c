/* SPDX-License-Identifier: MIT */
/* A sealed clip, as the player reads it; what was taken is written back the same. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/vitrine/clip.h"

enum { FRAME_MAX_LEN = 1 << 20 };

/* Header and frames that were read make the same bytes again. */
static void write_back(FILE *out, const struct clip_header *header, const struct clip_frame *frame,
        const uint8_t *pixels)
{
    enum vit_status status = frame == NULL ? clip_write_header(out, header)
                                           : clip_write_frame(out, header, frame, pixels);
    FUZZ_CHECK(status == VIT_OK);
}

static void read_frames(FILE *file, FILE *out, const struct clip_header *header)
{
    VIT_AUTO(bytes) pixels = malloc((size_t)header->surface.size);
    FUZZ_CHECK(pixels != NULL);
    for (uint32_t i = 0; i < header->frame_count; i++) {
        struct clip_frame frame;
        enum vit_status status = clip_read_frame(file, header, i, &frame, pixels);
        FUZZ_CHECK(status == VIT_OK || status == VIT_E_REFUSED);
        if (status != VIT_OK) {
            return;
        }
        FUZZ_CHECK(frame.index == i && frame.key_number < header->key_count);
        write_back(out, header, &frame, pixels);
    }
}

static void read_clip(FILE *file, FILE *out)
{
    struct clip_header header;
    bool is_clip = clip_is(file);
    enum vit_status status = clip_read_header(file, &header);
    FUZZ_CHECK(status == VIT_OK || status == VIT_E_REFUSED);
    FUZZ_CHECK(is_clip || status != VIT_OK);
    if (status != VIT_OK) {
        return;
    }
    FUZZ_CHECK(header.key_count >= 1 && header.key_count <= header.frame_count);
    write_back(out, &header, NULL, NULL);
    if (header.surface.size <= FRAME_MAX_LEN) {
        read_frames(file, out, &header);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *written = NULL;
    size_t written_len = 0;
    if (len == 0) {
        return 0; /* nothing to open */
    }
    FILE *file = fmemopen((void *)(uintptr_t)data, len, "r");
    FILE *out = open_memstream(&written, &written_len);
    FUZZ_CHECK(file != NULL && out != NULL);
    read_clip(file, out);
    (void)fclose(file);
    FUZZ_CHECK(fclose(out) == 0);
    FUZZ_CHECK(written_len <= len && memcmp(written, data, written_len) == 0);
    free(written);
    return 0;
}
