/* SPDX-License-Identifier: MIT */
/*
 * Sealing a clip, from frames that a fake source makes, while each call for memory and each call into
 * OpenSSL fails once. What was told to be sealed can be read.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/faults/fault.h"
#include "tests/plain/check.h"
#include "tools/vitrine/clip.h"
#include "tools/vitrine/provider.h"
#include "tools/vitrine/source.h"

enum { WIDTH = 16, HEIGHT = 16, FRAMES = 5, FRAMES_PER_KEY = 2 };

struct source {
    uint32_t count;
};

enum vit_status source_open(const char *path, struct source **source, struct source_info *info)
{
    (void)path;
    struct source *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return VIT_E_NOMEM;
    }
    *info = (struct source_info){ .rate_numerator = 25, .rate_denominator = 1 };
    CHECK(vit_surface_init(&info->surface, VIT_FORMAT_BGRA, WIDTH, HEIGHT) == VIT_OK);
    *source = made;
    return VIT_OK;
}

void source_close(struct source *source)
{
    free(source);
}

enum vit_status source_next(struct source *source, uint8_t *pixels)
{
    if (source->count == FRAMES) {
        return VIT_E_GONE;
    }
    memset(pixels, (int)++source->count, WIDTH * HEIGHT * 4);
    return VIT_OK;
}

struct material {
    uint8_t chain[16384], root[16384];
    size_t chain_len, root_len;
};

static void progress(void *context, uint32_t done, uint32_t estimate)
{
    (void)context;
    (void)done;
    (void)estimate;
}

static enum vit_status seal(const struct material *material, FILE *out)
{
    const struct provider_config config = {
        .chain = material->chain,
        .chain_len = material->chain_len,
        .root = material->root,
        .root_len = material->root_len,
        .frames_per_key = FRAMES_PER_KEY,
    };
    VIT_AUTO(provider) provider = NULL;
    VIT_TRY(provider_create(&config, &provider));
    return provider_seal(provider, "frames", out, progress, NULL);
}

static void check_clip(FILE *file)
{
    struct clip_header header;
    uint8_t pixels[WIDTH * HEIGHT * 4];
    rewind(file);
    CHECK(clip_read_header(file, &header) == VIT_OK);
    CHECK(header.frame_count == FRAMES);
    CHECK(header.key_count == (FRAMES + FRAMES_PER_KEY - 1) / FRAMES_PER_KEY);
    for (uint32_t i = 0; i < FRAMES; i++) {
        struct clip_frame frame;
        CHECK(clip_read_frame(file, &header, i, &frame, pixels) == VIT_OK);
        for (unsigned at = 1; at < sizeof(pixels); at++) {
            if (pixels[at] != pixels[0]) {
                break;
            }
            CHECK(at < 64); /* a clear frame is all one byte */
        }
    }
}

static void scenario(void *context)
{
    FILE *file = tmpfile();
    CHECK(file != NULL);
    enum vit_status status = seal(context, file);
    fault_disarm();
    CHECK(status == VIT_OK || fault_fired());
    if (status == VIT_OK) {
        check_clip(file);
    }
    fclose(file);
}

static size_t read_file(const char *name, uint8_t *bytes, size_t capacity)
{
    char path[512];
    const char *folder = getenv("VITRINE_CERTIFICATES");
    CHECK(folder != NULL);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rbe");
    CHECK(file != NULL);
    size_t len = fread(bytes, 1, capacity, file);
    fclose(file);
    return len;
}

int main(void)
{
    static struct material material;
    material.chain_len = read_file("driver.der", material.chain, sizeof(material.chain));
    material.root_len = read_file("ca/root.der", material.root, sizeof(material.root));
    CHECK(fault_each("memory", FAULT_MEMORY, scenario, &material) > 10);
    CHECK(fault_each("OpenSSL", FAULT_CRYPTO, scenario, &material) > 10);
    return 0;
}
