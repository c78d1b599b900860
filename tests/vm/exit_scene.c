/* SPDX-License-Identifier: MIT */
#include "tests/vm/exit_scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vgpu/virgl/stream.h"
#include "wire/surface.h"
#include "wire/virtio_gpu.h"

unsigned exit_count_windows(const struct exit_scene *scene, const uint8_t *bytes, size_t len)
{
    unsigned count = 0;
    if (bytes == NULL) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        scene->scratch[i] = i % 4 == 3 ? 0xff : bytes[i]; /* which nobody sees */
    }
    for (size_t at = 0; at < scene->windows.len; at += EXIT_WINDOW_LEN) {
        count += memmem(scene->scratch, len, scene->windows.bytes + at, EXIT_WINDOW_LEN) != NULL
                ? 1
                : 0;
        count += memmem(bytes, len, scene->windows.bytes + at, EXIT_WINDOW_LEN) != NULL ? 1 : 0;
    }
    return count;
}

bool exit_is_all(const uint8_t *bytes, uint8_t value, size_t len)
{
    return bytes[0] == value && memcmp(bytes, bytes + 1, len - 1) == 0;
}

struct exit_shape exit_picture_of(const struct exit_scene *scene)
{
    return (struct exit_shape){ .target = VIT_TARGET_2D,
        .format = VIT_FORMAT_BGRX,
        .bind = VGPU_USE_RENDER_TARGET | VGPU_USE_SAMPLED,
        .width = scene->clip.width,
        .height = scene->clip.height,
        .len = scene->known.len };
}

struct exit_shape exit_buffer_of(uint32_t bind, size_t len)
{
    return (struct exit_shape){ .target = VIT_TARGET_BUFFER,
        .format = VIT_FORMAT_BYTES,
        .bind = bind,
        .width = (uint32_t)len,
        .height = 1,
        .len = len };
}

void exit_leave(struct exit_attacker *attacker)
{
    struct exit_object *objects[] = { &attacker->target, &attacker->results, &attacker->vertices,
        &attacker->victim };
    exit_session_close(&attacker->session);
    exit_session_close(&attacker->second);
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        exit_drop(attacker->file, objects[i]);
    }
    close(attacker->file);
}

bool exit_enter(const struct exit_scene *scene, struct exit_attacker *attacker)
{
    const struct exit_shape vertices = exit_buffer_of(VGPU_USE_VERTICES, EXIT_BUFFER_LEN);
    *attacker = (struct exit_attacker){ .file = open(scene->node, O_RDWR | O_CLOEXEC) };
    attacker->session.file = attacker->second.file = attacker->file;
    memset(scene->results.bytes, EXIT_NOTHING, scene->results.len);
    return attacker->file >= 0 &&
            exit_import(scene->helper, scene->target.handle, attacker->file, &attacker->target) &&
            exit_import(scene->helper, scene->results.handle, attacker->file, &attacker->results) &&
            exit_create(attacker->file, &vertices, &attacker->vertices);
}

bool exit_aim(const struct exit_scene *scene, struct exit_attacker *attacker)
{
    if (scene->own) {
        return exit_session_open(attacker->file, &scene->clip, &attacker->session) &&
                exit_protected(attacker->file, &scene->clip, &attacker->victim) &&
                exit_decrypt(&attacker->session, &scene->clip, attacker->victim.id) == VIT_OK;
    }
    uint32_t width, height;
    if (strstr(scene->node, "card") != NULL) {
        return exit_find_screen(attacker->file, &attacker->victim, &width, &height) &&
                exit_map(attacker->file, &attacker->victim);
    }
    return exit_import(scene->card, scene->shown.handle, attacker->file, &attacker->victim) &&
            exit_map(attacker->file, &attacker->victim);
}

unsigned exit_look(const struct exit_scene *scene, struct exit_attacker *attacker)
{
    const struct exit_clip *clip = &scene->clip;
    const struct exit_object *victim = &attacker->victim;
    memset(scene->target.bytes, 0, scene->target.len);
    if (!exit_transfer(scene->helper, &scene->target, false, clip->width, clip->height)) {
        return 1000;
    }
    unsigned found = exit_count_windows(scene, scene->target.bytes, scene->known.len);
    found += exit_is_all(scene->results.bytes, EXIT_NOTHING, scene->known.len) ? 0 : 1;
    found += victim->bytes != NULL ? exit_count_windows(scene, victim->bytes, victim->len) : 0;
    return found;
}

bool exit_make_decoy(const struct exit_scene *scene, struct exit_object *decoy)
{
    const struct exit_clip *clip = &scene->clip;
    struct exit_shape shape = exit_picture_of(scene);
    if (!exit_create(scene->helper, &shape, decoy)) {
        return false;
    }
    memcpy(decoy->bytes, scene->known.bytes, scene->known.len);
    bool filled = exit_transfer(scene->helper, decoy, true, clip->width, clip->height);
    memset(decoy->bytes, EXIT_OTHER, scene->known.len);
    return filled;
}

void exit_say(const char *name, bool works, unsigned found)
{
    printf("%s: %s %u\n", name, works ? "works" : "fails", found);
    (void)fflush(stdout);
}
