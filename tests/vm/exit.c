/* SPDX-License-Identifier: MIT */
/*
 * Tries to get at a protected picture, or to change it, by every means that a program of the guest has:
 *
 *     vitrine-vm-exit NODE screen|session CLIP KNOWN WINDOWS
 *
 * NODE is what is opened for every attempt anew, a render node or a card. With "screen" the picture is
 * what another program shows; with "session" it is this program's own, of a session that the sealed
 * clip opens. KNOWN is the picture (rows of B, G, R, 255), WINDOWS are pieces of it, 48 bytes each.
 *
 * Each attempt is made on a decoy first, which another context made and which nothing protects: a
 * texture with the known picture in it, or a buffer. Prints a line for each, "NAME: CONTROL FOUND", where
 * CONTROL is "works" or "fails", and FOUND counts the pieces that were found in what the attempt on the
 * protected picture gave, and bytes of ours that it changed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vm/exit_scene.h"
#include "wire/virtio_gpu.h"

static bool read_file(const char *path, struct exit_file *file)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        perror(path);
        return false;
    }
    (void)fseek(in, 0, SEEK_END);
    file->len = (size_t)ftell(in);
    rewind(in);
    file->bytes = malloc(file->len + 1);
    bool good = file->bytes != NULL && fread(file->bytes, 1, file->len, in) == file->len;
    fclose(in);
    return good;
}

static bool open_scene(struct exit_scene *scene)
{
    struct exit_shape target = exit_picture_of(scene);
    const struct exit_shape results = exit_buffer_of(VIT_BIND_STAGING, scene->known.len);
    uint32_t width = 0, height = 0;
    scene->scratch = malloc(scene->known.len + EXIT_BUFFER_LEN);
    scene->helper = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
    scene->card = scene->own ? -1 : open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
    if (scene->scratch == NULL || scene->helper < 0 ||
            !exit_create(scene->helper, &target, &scene->target) ||
            !exit_create(scene->helper, &results, &scene->results)) {
        return false;
    }
    return scene->own ||
            (exit_find_screen(scene->card, &scene->shown, &width, &height) &&
                    width == scene->clip.width && height == scene->clip.height);
}

int main(int argc, char **argv)
{
    enum { WIDTH_AT = 16, HEIGHT_AT = 20 };
    struct exit_scene scene = { .known = { .bytes = NULL } };
    struct exit_file clip;
    if (argc != 6) {
        fprintf(stderr, "usage: vitrine-vm-exit NODE screen|session CLIP KNOWN WINDOWS\n");
        return 2;
    }
    scene.node = argv[1];
    scene.own = strcmp(argv[2], "session") == 0;
    if (!read_file(argv[3], &clip) || !read_file(argv[4], &scene.known) ||
            !read_file(argv[5], &scene.windows)) {
        return 1;
    }
    scene.clip = (struct exit_clip){ clip.bytes, clip.len, vit_load_le32(clip.bytes + WIDTH_AT),
        vit_load_le32(clip.bytes + HEIGHT_AT) };
    if (!open_scene(&scene)) {
        fprintf(stderr, "vitrine-vm-exit: no scene\n");
        return 1;
    }
    bool done = exit_try_memory(&scene) && exit_try_streams(&scene) && exit_try_vendor(&scene) &&
            (scene.own || exit_try_neighbours(&scene));
    if (!done) {
        fprintf(stderr, "vitrine-vm-exit: no attacker\n");
        return 1;
    }
    return 0;
}
