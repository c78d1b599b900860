/* SPDX-License-Identifier: MIT */
/** A protected picture, and who is after it. */
#ifndef TESTS_VM_EXIT_SCENE_H
#define TESTS_VM_EXIT_SCENE_H

#include "tests/vm/exit_drm.h"
#include "tests/vm/exit_session.h"

enum {
    EXIT_WINDOW_LEN = 48,
    EXIT_BUFFER_LEN = 4096,
    EXIT_NOTHING = 0x33, /* bytes of ours that no attempt on the protected picture may change */
    EXIT_OTHER = 0x11,
};

struct exit_file {
    uint8_t *bytes;
    size_t len;
};

struct exit_scene {
    const char *node;
    bool own; /* a session of ours */
    struct exit_clip clip;
    struct exit_file known, windows;
    uint8_t *scratch;
    int card;   /* -1 with a session of ours */
    int helper; /* another context, which no attempt can spoil */
    struct exit_object shown, target, results;
};

/* One attempt's context. */
struct exit_attacker {
    int file;
    struct exit_object target, results, vertices, victim;
    struct exit_session session, second;
};

bool exit_is_all(const uint8_t *bytes, uint8_t value, size_t len);
/* How many pieces of the picture are there. */
unsigned exit_count_windows(const struct exit_scene *scene, const uint8_t *bytes, size_t len);

struct exit_shape exit_picture_of(const struct exit_scene *scene);
struct exit_shape exit_buffer_of(uint32_t bind, size_t len);

/* A context of its own, which knows the target and the results. */
bool exit_enter(const struct exit_scene *scene, struct exit_attacker *attacker);
void exit_leave(struct exit_attacker *attacker);
/* Gets the protected picture, as this attacker may have it. */
bool exit_aim(const struct exit_scene *scene, struct exit_attacker *attacker);
/* Counts what is where nothing of the protected picture should be. */
unsigned exit_look(const struct exit_scene *scene, struct exit_attacker *attacker);

/* A texture of the helper with the known picture in it, and other bytes behind it. */
bool exit_make_decoy(const struct exit_scene *scene, struct exit_object *decoy);
void exit_say(const char *name, bool works, unsigned found);

/* Each prints its line; false: there was no attacker. */
bool exit_try_streams(const struct exit_scene *scene);
bool exit_try_neighbours(const struct exit_scene *scene);
bool exit_try_memory(const struct exit_scene *scene);
bool exit_try_vendor(const struct exit_scene *scene);

#endif
