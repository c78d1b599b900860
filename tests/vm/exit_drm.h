/* SPDX-License-Identifier: MIT */
/** What a program of the guest can ask of its kernel's virtio-gpu driver, as attacks and their controls
 * need it. Whoever opens a node has a context of its own. */
#ifndef TESTS_VM_EXIT_DRM_H
#define TESTS_VM_EXIT_DRM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exit_object {
    uint32_t handle; /* in its file */
    uint32_t id;     /* in the device */
    size_t len;
    uint8_t *bytes; /* NULL: not mapped */
};

struct exit_shape {
    uint32_t target, format, bind, width, height, flags;
    size_t len;
};

bool exit_create(int file, const struct exit_shape *shape, struct exit_object *object);
/* By PRIME, which attaches it to the context of the second file. */
bool exit_import(int from, uint32_t handle, int to, struct exit_object *object);
bool exit_map(int file, struct exit_object *object);
/* Closes the handle too. */
void exit_drop(int file, struct exit_object *object);
/* The first screen's framebuffer, as any privileged program may ask for it. */
bool exit_find_screen(int card, struct exit_object *object, uint32_t *width, uint32_t *height);

/* Done when it returns, or refused by the device, which the kernel does not tell. */
bool exit_run(int file, const void *commands, size_t len);
bool exit_transfer(int file, const struct exit_object *object, bool to_host, uint32_t width,
        uint32_t height);

#endif
