/* SPDX-License-Identifier: MIT */
/* Vendor submissions that name the protected picture. What is shown is tried with a session of ours; what
 * is ours already, with a second one in the same context. */
#include <string.h>

#include "tests/vm/exit_scene.h"
#include "wire/surface.h"
#include "wire/virtio_gpu.h"

enum vendor_attack { COPY, CONVERT, ENCRYPT, DECRYPT };

struct vendor {
    struct exit_attacker attacker;
    struct exit_session *session;
    struct exit_object own;      /* protected */
    struct exit_object from, to; /* pictures in guest memory, the first one known */
    struct exit_object bytes;    /* a buffer */
};

static bool make_vendor(const struct exit_scene *scene, struct vendor *vendor)
{
    struct exit_shape shape = exit_picture_of(scene);
    const struct exit_shape bytes = exit_buffer_of(VIT_BIND_STAGING, scene->known.len);
    struct exit_attacker *attacker = &vendor->attacker;
    shape.bind = VIT_BIND_STAGING;
    vendor->session = scene->own ? &attacker->second : &attacker->session;
    if (!exit_enter(scene, attacker) || !exit_aim(scene, attacker) ||
            !exit_session_open(attacker->file, &scene->clip, vendor->session) ||
            !exit_protected(attacker->file, &scene->clip, &vendor->own) ||
            !exit_create(attacker->file, &shape, &vendor->from) ||
            !exit_create(attacker->file, &shape, &vendor->to) ||
            !exit_create(attacker->file, &bytes, &vendor->bytes)) {
        return false;
    }
    memcpy(vendor->from.bytes, scene->known.bytes, scene->known.len);
    return true;
}

static void drop_vendor(struct vendor *vendor)
{
    struct exit_object *objects[] = { &vendor->own, &vendor->from, &vendor->to, &vendor->bytes };
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        exit_drop(vendor->attacker.file, objects[i]);
    }
    exit_leave(&vendor->attacker);
}

static enum vit_status submit(const struct exit_scene *scene, struct vendor *vendor,
        enum vendor_attack attack, uint32_t victim)
{
    memset(vendor->to.bytes, EXIT_NOTHING, scene->known.len);
    memset(vendor->bytes.bytes, EXIT_NOTHING, scene->known.len);
    switch (attack) {
    case COPY:
        return exit_copy(vendor->session, victim, vendor->bytes.id, scene->known.len);
    case CONVERT:
        return exit_convert(vendor->session, victim, vendor->to.id, scene->clip.width,
                scene->clip.height);
    case ENCRYPT:
        return exit_encrypt(vendor->session, victim, vendor->bytes.id, scene->known.len);
    case DECRYPT:
        return exit_decrypt(vendor->session, &scene->clip, victim);
    }
    return VIT_E_ARG;
}

static bool has_given(const struct exit_scene *scene, const struct vendor *vendor,
        enum vendor_attack attack)
{
    switch (attack) {
    case COPY:
        return exit_count_windows(scene, vendor->bytes.bytes, scene->known.len) > 0;
    case CONVERT:
        return exit_count_windows(scene, vendor->to.bytes, scene->known.len) > 0;
    case ENCRYPT:
        return !exit_is_all(vendor->bytes.bytes, EXIT_NOTHING, scene->known.len);
    case DECRYPT:
        return true;
    }
    return false;
}

/* Is there something to gain, with a name that may be named? */
static bool control(const struct exit_scene *scene, struct vendor *vendor,
        enum vendor_attack attack)
{
    bool clear = attack == COPY || attack == CONVERT;
    uint32_t decoy = clear ? vendor->from.id : vendor->own.id;
    return submit(scene, vendor, attack, decoy) == VIT_OK && has_given(scene, vendor, attack);
}

static unsigned attack_picture(const struct exit_scene *scene, struct vendor *vendor,
        enum vendor_attack attack)
{
    enum vit_status refusal = scene->own ? VIT_E_DENIED : VIT_E_ARG; /* label, or not its owner */
    enum vit_status status = submit(scene, vendor, attack, vendor->attacker.victim.id);
    unsigned found = exit_look(scene, &vendor->attacker) + (status == refusal ? 0 : 1);
    found += exit_is_all(vendor->to.bytes, EXIT_NOTHING, scene->known.len) ? 0 : 1;
    return found + (exit_is_all(vendor->bytes.bytes, EXIT_NOTHING, scene->known.len) ? 0 : 1);
}

static bool try_vendor(const struct exit_scene *scene, enum vendor_attack attack, const char *name)
{
    struct vendor vendor = { .session = NULL };
    if (!make_vendor(scene, &vendor)) {
        return false;
    }
    /* A frame is decrypted once in a session, since its IV must grow; a refusal does not count. */
    bool decrypts = attack == DECRYPT;
    bool filled = decrypts || exit_decrypt(vendor.session, &scene->clip, vendor.own.id) == VIT_OK;
    bool works = filled && (decrypts || control(scene, &vendor, attack));
    unsigned found = attack_picture(scene, &vendor, attack);
    works = works && (!decrypts || control(scene, &vendor, attack));
    exit_say(name, works, found);
    drop_vendor(&vendor);
    return true;
}

bool exit_try_vendor(const struct exit_scene *scene)
{
    return try_vendor(scene, COPY, "vendor copy") && try_vendor(scene, CONVERT, "vendor convert") &&
            try_vendor(scene, ENCRYPT, "vendor encrypt") &&
            (scene->own || try_vendor(scene, DECRYPT, "vendor decrypt onto"));
}
