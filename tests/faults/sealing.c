/* SPDX-License-Identifier: MIT */
/*
 * Sealing a clip, from frames that a fake source makes, while each call for memory and each call into
 * OpenSSL fails once, and answering the player that plays it. What was told to be sealed can be read.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/faults/fault.h"
#include "tests/plain/check.h"
#include "base/bytes.h"
#include "tools/vitrine/clip.h"
#include "tools/vitrine/conversation.h"
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
    uint8_t chain[16384], root[16384], crls[16384];
    size_t chain_len, root_len, crl_len;
    int ends[2]; /* of a player's conversation; new in each run */
};

static void progress(void *context, uint32_t done, uint32_t estimate)
{
    (void)context;
    (void)done;
    (void)estimate;
}

/* Of a player: its questions are in the socket before they are read, and it then hangs up. */
static enum vit_status ask(int socket)
{
    enum { FRAME_LEN = WIDTH * HEIGHT * 4 };
    static const uint8_t random[VITRINE_KEY_LEN] = "a player's 16 B";
    static const uint8_t readback[CONVERSATION_READBACK_HEAD], pixels[FRAME_LEN];
    VIT_TRY(conversation_send(socket, CONVERSATION_REFRESH, random, sizeof(random), NULL, 0));
    return conversation_send(socket, CONVERSATION_READBACK, readback, sizeof(readback), pixels,
            sizeof(pixels));
}

/* A frame of zeroes is not the one that was sealed. */
static void check_answers(int socket)
{
    uint32_t type, len;
    uint8_t body[256];
    CHECK(conversation_next(socket, 0, &type, &len) == VIT_OK);
    CHECK(type == CONVERSATION_KEYS && len <= sizeof(body));
    CHECK(conversation_read(socket, 0, body, len) == VIT_OK);
    CHECK(conversation_next(socket, 0, &type, &len) == VIT_OK);
    CHECK(type == CONVERSATION_VERDICT && len == 4);
    CHECK(conversation_read(socket, 0, body, len) == VIT_OK);
    CHECK(vit_load_le32(body) == 0);
}

static enum vit_status serve(struct provider *provider, const int ends[2])
{
    VIT_TRY(ask(ends[0]));
    CHECK(shutdown(ends[0], SHUT_WR) == 0);
    VIT_TRY(provider_serve(provider, ends[1], 0));
    check_answers(ends[0]);
    return VIT_OK;
}

static enum vit_status seal(const struct material *material, FILE *out)
{
    const struct provider_config config = {
        .chain = material->chain,
        .chain_len = material->chain_len,
        .root = material->root,
        .root_len = material->root_len,
        .crls = material->crls,
        .crl_len = material->crl_len,
        .frames_per_key = FRAMES_PER_KEY,
    };
    VIT_AUTO(provider) provider = NULL;
    VIT_TRY(provider_create(&config, &provider));
    VIT_TRY(provider_seal(provider, "frames", out, progress, NULL));
    return serve(provider, material->ends);
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
    struct material *material = context;
    FILE *file = tmpfile();
    CHECK(file != NULL);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, material->ends) != 0) {
        CHECK(fault_fired());
        fclose(file);
        return;
    }
    enum vit_status status = seal(material, file);
    fault_disarm();
    CHECK(status == VIT_OK || fault_fired());
    if (status == VIT_OK) {
        check_clip(file);
    }
    fclose(file);
    close(material->ends[0]);
    close(material->ends[1]);
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
    material.crl_len = read_file("ca/root.crl", material.crls, sizeof(material.crls));
    material.crl_len += read_file("ca/intermediate.crl", material.crls + material.crl_len,
            sizeof(material.crls) - material.crl_len);
    CHECK(fault_each("memory", FAULT_MEMORY, scenario, &material) > 10);
    CHECK(fault_each("OpenSSL", FAULT_CRYPTO, scenario, &material) > 10);
    fault_write_sites();
    return 0;
}
