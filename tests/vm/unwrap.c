/* SPDX-License-Identifier: MIT */
/*
 * Control of the search in memory: with custody "driver" whoever has the device's key in the guest can
 * do what the driver does. This program unwraps the keys of a clip and opens its last frame, and holds
 * all of it:
 *
 *     vitrine-vm-unwrap KEY CLIP
 *
 * Prints "holding" and waits for a line. Exit status 1: the key does not open the clip.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/key.h"
#include "crypto/oaep.h"
#include "tools/vitrine/clip.h"
#include <vitrine.h>

enum { FRAMES = 64 };

struct held {
    struct clip_header header;
    struct vitrine_cipher *cipher;
    uint8_t session[VITRINE_KEY_LEN];
    uint8_t content[FRAMES][VITRINE_KEY_LEN];
    uint8_t *pixels;
};

static bool unwrap_session_key(struct held *held, const char *path)
{
    VIT_AUTO(private_key) key = NULL;
    size_t len = 0;
    return vit_private_key_open(path, NULL, NULL, &key) == VIT_OK &&
            vit_oaep_unwrap(key, held->header.block, held->session, sizeof(held->session),
                    sizeof(held->session), &len) == VIT_OK;
}

static bool open_frame(struct held *held, FILE *clip, uint32_t index)
{
    struct clip_frame frame;
    return clip_read_frame(clip, &held->header, index, &frame, held->pixels) == VIT_OK &&
            vitrine_key_unwrap(held->cipher, held->session, frame.wrapped_key,
                    held->content[index]) == VITRINE_OK &&
            vitrine_frame_open(held->cipher, held->content[index], frame.iv, held->pixels,
                    held->header.surface.size) == VITRINE_OK;
}

static bool open_clip(struct held *held, const char *key, const char *path)
{
    VIT_AUTO(stream) clip = fopen(path, "re");
    if (clip == NULL || clip_read_header(clip, &held->header) != VIT_OK ||
            held->header.frame_count > FRAMES || !unwrap_session_key(held, key) ||
            vitrine_cipher_create(&held->cipher) != VITRINE_OK) {
        return false;
    }
    held->pixels = malloc(held->header.surface.size);
    bool good = held->pixels != NULL;
    for (uint32_t i = 0; i < held->header.frame_count && good; i++) {
        good = open_frame(held, clip, i);
    }
    return good;
}

int main(int argc, char **argv)
{
    struct held held = { .pixels = NULL };
    if (argc != 3) {
        fprintf(stderr, "usage: vitrine-vm-unwrap KEY CLIP\n");
        return 2;
    }
    bool good = open_clip(&held, argv[1], argv[2]);
    if (good) {
        puts("holding");
        (void)fflush(stdout);
        (void)getchar();
    }
    free(held.pixels);
    vitrine_cipher_destroy(held.cipher);
    explicit_bzero(&held, sizeof(held));
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
