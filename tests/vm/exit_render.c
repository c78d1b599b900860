/* SPDX-License-Identifier: MIT */
/* Command streams of virgl that name the protected picture. */
#include <string.h>

#include "tests/vm/exit_scene.h"
#include "tests/vm/exit_streams.h"

enum { NEIGHBOURS = 12 };

static void run(const struct exit_scene *scene, const struct exit_attacker *attacker,
        const struct exit_stream *attack, uint32_t victim)
{
    const struct exit_names names = { victim, attacker->target.id, attacker->vertices.id,
        attacker->results.id, scene->clip.width, scene->clip.height };
    struct vgpu_stream stream = { .count = 0 };
    exit_stream_clear(&stream, &names);
    (void)exit_run(attacker->file, stream.words, stream.count * sizeof(uint32_t));
    stream.count = 0;
    exit_stream_clear(&stream, &names);
    attack->aim(&stream, &names);
    (void)exit_run(attacker->file, stream.words, stream.count * sizeof(uint32_t));
}

static bool make_buffer(const struct exit_scene *scene, const struct exit_stream *attack,
        struct exit_object *decoy)
{
    static const float corners[] = { -1, -1, 0, 1, 3, -1, 0, 1, -1, 3, 0, 1 };
    static const float colour[] = { 0, 0, 1, 1 };
    bool bytes = attack->effect == EXIT_GIVES_PICTURE;
    struct exit_shape shape =
            exit_buffer_of(attack->bind, bytes ? scene->known.len : EXIT_BUFFER_LEN);
    if (!exit_create(scene->helper, &shape, decoy)) {
        return false;
    }
    memset(decoy->bytes, EXIT_OTHER, shape.len);
    memcpy(decoy->bytes, corners, sizeof(corners));
    memcpy(decoy->bytes + EXIT_COLOUR_AT, colour, sizeof(colour));
    if (bytes) {
        memcpy(decoy->bytes, scene->known.bytes, scene->known.len);
    }
    return attack->bind == EXIT_USE_STAGING || attack->bind == EXIT_USE_CUSTOM ||
            exit_transfer(scene->helper, decoy, true, EXIT_BUFFER_LEN, 1);
}

static bool is_blue(const uint8_t *pixel)
{
    return pixel[0] == 255 && pixel[1] == 0 && pixel[2] == 0;
}

static bool has_worked(const struct exit_scene *scene, const struct exit_stream *attack,
        const struct exit_object *decoy, const uint8_t *before)
{
    const struct exit_clip *clip = &scene->clip;
    switch (attack->effect) {
    case EXIT_GIVES_PICTURE:
        return exit_transfer(scene->helper, &scene->target, false, clip->width, clip->height) &&
                exit_count_windows(scene, scene->target.bytes, scene->known.len) > 0;
    case EXIT_GIVES_COLOUR:
        return exit_transfer(scene->helper, &scene->target, false, clip->width, clip->height) &&
                is_blue(scene->target.bytes);
    case EXIT_GIVES_BACKING:
        return exit_count_windows(scene, decoy->bytes, scene->known.len) > 0;
    case EXIT_CHANGES_PICTURE:
        return exit_transfer(scene->helper, decoy, false, clip->width, clip->height) &&
                memcmp(decoy->bytes, scene->known.bytes, 8) != 0;
    case EXIT_CHANGES_BUFFER:
        return exit_transfer(scene->helper, decoy, false, EXIT_BUFFER_LEN, 1) &&
                memcmp(decoy->bytes, before, EXIT_BUFFER_LEN) != 0;
    case EXIT_CHANGES_BACKING:
        return memcmp(decoy->bytes, before, EXIT_BUFFER_LEN) != 0;
    }
    return false;
}

static bool control_stream(const struct exit_scene *scene, const struct exit_stream *attack)
{
    struct exit_object decoy = { .handle = 0 };
    struct exit_object seen = { .handle = 0 };
    uint8_t before[EXIT_BUFFER_LEN];
    struct exit_attacker attacker;
    bool made =
            attack->bind == 0 ? exit_make_decoy(scene, &decoy) : make_buffer(scene, attack, &decoy);
    bool works = made && exit_enter(scene, &attacker);
    if (works) {
        works = exit_import(scene->helper, decoy.handle, attacker.file, &seen);
        memcpy(before, decoy.bytes, EXIT_BUFFER_LEN);
        run(scene, &attacker, attack, decoy.id);
        works = works && has_worked(scene, attack, &decoy, before);
        exit_drop(attacker.file, &seen);
        exit_leave(&attacker);
    }
    exit_drop(scene->helper, &decoy);
    return works;
}

static bool try_stream(const struct exit_scene *scene, const struct exit_stream *attack)
{
    struct exit_attacker attacker;
    bool works = control_stream(scene, attack);
    if (!exit_enter(scene, &attacker) || !exit_aim(scene, &attacker)) {
        return false;
    }
    run(scene, &attacker, attack, attacker.victim.id);
    exit_say(attack->name, works, exit_look(scene, &attacker));
    exit_leave(&attacker);
    return true;
}

/* The player has others, which no handle leads to. */
bool exit_try_neighbours(const struct exit_scene *scene)
{
    const struct exit_stream *copy = exit_stream_at(0);
    unsigned found = 0;
    bool works = control_stream(scene, copy);
    for (uint32_t before = 1; before <= NEIGHBOURS && before < scene->shown.id; before++) {
        struct exit_attacker attacker;
        if (!exit_enter(scene, &attacker)) {
            return false;
        }
        run(scene, &attacker, copy, scene->shown.id - before);
        found += exit_look(scene, &attacker);
        exit_leave(&attacker);
    }
    exit_say("copy from neighbours", works, found);
    return true;
}

bool exit_try_streams(const struct exit_scene *scene)
{
    bool done = true;
    const struct exit_stream *attack;
    for (unsigned i = 0; done && (attack = exit_stream_at(i)) != NULL; i++) {
        done = try_stream(scene, attack);
    }
    return done;
}
