/* SPDX-License-Identifier: MIT */
/* Transfers and maps of the protected picture. */
#include <string.h>

#include "tests/vm/exit_scene.h"

static unsigned fetch(const struct exit_scene *scene, const struct exit_attacker *attacker,
        bool transfer)
{
    const struct exit_object *victim = &attacker->victim;
    if (transfer) {
        (void)exit_transfer(attacker->file, victim, false, scene->clip.width, scene->clip.height);
    }
    return exit_count_windows(scene, victim->bytes, victim->len);
}

static void overwrite(const struct exit_scene *scene, const struct exit_attacker *attacker)
{
    memset(attacker->victim.bytes, EXIT_OTHER, attacker->victim.len);
    (void)exit_transfer(attacker->file, &attacker->victim, true, scene->clip.width,
            scene->clip.height);
    memset(attacker->victim.bytes, 0, attacker->victim.len);
}

enum memory_attack { TRANSFER_FROM, MAP, TRANSFER_TO };

static bool control_memory(const struct exit_scene *scene, enum memory_attack attack)
{
    struct exit_object decoy = { .handle = 0 };
    struct exit_attacker attacker;
    if (!exit_make_decoy(scene, &decoy) || !exit_enter(scene, &attacker) ||
            !exit_import(scene->helper, decoy.handle, attacker.file, &attacker.victim) ||
            !exit_map(attacker.file, &attacker.victim)) {
        return false;
    }
    bool works = false;
    if (attack == TRANSFER_TO) {
        overwrite(scene, &attacker);
        works = exit_transfer(scene->helper, &decoy, false, scene->clip.width,
                        scene->clip.height) &&
                exit_is_all(decoy.bytes, EXIT_OTHER, EXIT_WINDOW_LEN);
    } else {
        memcpy(decoy.bytes, scene->known.bytes, attack == MAP ? scene->known.len : 0);
        works = fetch(scene, &attacker, attack == TRANSFER_FROM) > 0;
    }
    exit_leave(&attacker);
    exit_drop(scene->helper, &decoy);
    return works;
}

static bool try_memory(const struct exit_scene *scene, enum memory_attack attack, const char *name)
{
    struct exit_attacker attacker;
    unsigned found = 0;
    bool works = control_memory(scene, attack);
    if (!exit_enter(scene, &attacker) || !exit_aim(scene, &attacker)) {
        return false;
    }
    if (attack == TRANSFER_TO) {
        overwrite(scene, &attacker);
    } else {
        found = fetch(scene, &attacker, attack == TRANSFER_FROM);
    }
    exit_say(name, works, found + exit_look(scene, &attacker));
    exit_leave(&attacker);
    return true;
}

bool exit_try_memory(const struct exit_scene *scene)
{
    return try_memory(scene, TRANSFER_FROM, "transfer") && try_memory(scene, MAP, "map") &&
            try_memory(scene, TRANSFER_TO, "overwrite");
}
