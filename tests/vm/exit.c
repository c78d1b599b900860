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
#include <unistd.h>

#include "tests/vm/exit_drm.h"
#include "tests/vm/exit_session.h"
#include "tests/vm/exit_streams.h"
#include "wire/surface.h"
#include "wire/virtio_gpu.h"

enum { WINDOW_LEN = 48, NOTHING = 0x33, OTHER = 0x11, BUFFER_LEN = 4096, NEIGHBOURS = 12 };

struct file {
    uint8_t *bytes;
    size_t len;
};

struct scene {
    const char *node;
    bool own; /* a session of ours */
    struct exit_clip clip;
    struct file known, windows;
    uint8_t *scratch;
    int card;   /* -1 with a session of ours */
    int helper; /* another context, which no attempt can spoil */
    struct exit_object shown, target, results;
};

/* One attempt's context. */
struct attacker {
    int file;
    struct exit_object target, results, vertices, victim;
    struct exit_session session, second;
};

static bool read_file(const char *path, struct file *file)
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

static unsigned count_windows(const struct scene *scene, const uint8_t *bytes, size_t len)
{
    unsigned count = 0;
    if (bytes == NULL) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        scene->scratch[i] = i % 4 == 3 ? 0xff : bytes[i]; /* which nobody sees */
    }
    for (size_t at = 0; at < scene->windows.len; at += WINDOW_LEN) {
        count += memmem(scene->scratch, len, scene->windows.bytes + at, WINDOW_LEN) != NULL ? 1 : 0;
        count += memmem(bytes, len, scene->windows.bytes + at, WINDOW_LEN) != NULL ? 1 : 0;
    }
    return count;
}

static bool is_all(const uint8_t *bytes, uint8_t value, size_t len)
{
    return bytes[0] == value && memcmp(bytes, bytes + 1, len - 1) == 0;
}

static struct exit_shape picture_of(const struct scene *scene)
{
    return (struct exit_shape){ .target = VIT_TARGET_2D,
        .format = VIT_FORMAT_BGRX,
        .bind = VGPU_USE_RENDER_TARGET | VGPU_USE_SAMPLED,
        .width = scene->clip.width,
        .height = scene->clip.height,
        .len = scene->known.len };
}

static struct exit_shape buffer_of(uint32_t bind, size_t len)
{
    return (struct exit_shape){ .target = VIT_TARGET_BUFFER,
        .format = VIT_FORMAT_BYTES,
        .bind = bind,
        .width = (uint32_t)len,
        .height = 1,
        .len = len };
}

/* Attackers */

static void leave(struct attacker *attacker)
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

static bool enter(const struct scene *scene, struct attacker *attacker)
{
    const struct exit_shape vertices = buffer_of(VGPU_USE_VERTICES, BUFFER_LEN);
    *attacker = (struct attacker){ .file = open(scene->node, O_RDWR | O_CLOEXEC) };
    attacker->session.file = attacker->second.file = attacker->file;
    memset(scene->results.bytes, NOTHING, scene->results.len);
    return attacker->file >= 0 &&
            exit_import(scene->helper, scene->target.handle, attacker->file, &attacker->target) &&
            exit_import(scene->helper, scene->results.handle, attacker->file, &attacker->results) &&
            exit_create(attacker->file, &vertices, &attacker->vertices);
}

/* The protected picture, as this attacker may have it. */
static bool aim(const struct scene *scene, struct attacker *attacker)
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

/* What is where nothing of the protected picture should be. */
static unsigned look(const struct scene *scene, struct attacker *attacker)
{
    const struct exit_clip *clip = &scene->clip;
    const struct exit_object *victim = &attacker->victim;
    memset(scene->target.bytes, 0, scene->target.len);
    if (!exit_transfer(scene->helper, &scene->target, false, clip->width, clip->height)) {
        return 1000;
    }
    unsigned found = count_windows(scene, scene->target.bytes, scene->known.len);
    found += is_all(scene->results.bytes, NOTHING, scene->known.len) ? 0 : 1;
    found += victim->bytes != NULL ? count_windows(scene, victim->bytes, victim->len) : 0;
    return found;
}

/* Streams */

static void run(const struct scene *scene, const struct attacker *attacker,
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

static bool make_picture(const struct scene *scene, struct exit_object *decoy)
{
    const struct exit_clip *clip = &scene->clip;
    struct exit_shape shape = picture_of(scene);
    if (!exit_create(scene->helper, &shape, decoy)) {
        return false;
    }
    memcpy(decoy->bytes, scene->known.bytes, scene->known.len);
    bool filled = exit_transfer(scene->helper, decoy, true, clip->width, clip->height);
    memset(decoy->bytes, OTHER, scene->known.len);
    return filled;
}

static bool make_buffer(const struct scene *scene, const struct exit_stream *attack,
        struct exit_object *decoy)
{
    static const float corners[] = { -1, -1, 0, 1, 3, -1, 0, 1, -1, 3, 0, 1 };
    static const float colour[] = { 0, 0, 1, 1 };
    bool bytes = attack->effect == EXIT_GIVES_PICTURE;
    struct exit_shape shape = buffer_of(attack->bind, bytes ? scene->known.len : BUFFER_LEN);
    if (!exit_create(scene->helper, &shape, decoy)) {
        return false;
    }
    memset(decoy->bytes, OTHER, shape.len);
    memcpy(decoy->bytes, corners, sizeof(corners));
    memcpy(decoy->bytes + EXIT_COLOUR_AT, colour, sizeof(colour));
    if (bytes) {
        memcpy(decoy->bytes, scene->known.bytes, scene->known.len);
    }
    return attack->bind == EXIT_USE_STAGING || attack->bind == EXIT_USE_CUSTOM ||
            exit_transfer(scene->helper, decoy, true, BUFFER_LEN, 1);
}

static bool is_blue(const uint8_t *pixel)
{
    return pixel[0] == 255 && pixel[1] == 0 && pixel[2] == 0;
}

static bool has_worked(const struct scene *scene, const struct exit_stream *attack,
        const struct exit_object *decoy, const uint8_t *before)
{
    const struct exit_clip *clip = &scene->clip;
    switch (attack->effect) {
    case EXIT_GIVES_PICTURE:
        return exit_transfer(scene->helper, &scene->target, false, clip->width, clip->height) &&
                count_windows(scene, scene->target.bytes, scene->known.len) > 0;
    case EXIT_GIVES_COLOUR:
        return exit_transfer(scene->helper, &scene->target, false, clip->width, clip->height) &&
                is_blue(scene->target.bytes);
    case EXIT_GIVES_BACKING:
        return count_windows(scene, decoy->bytes, scene->known.len) > 0;
    case EXIT_CHANGES_PICTURE:
        return exit_transfer(scene->helper, decoy, false, clip->width, clip->height) &&
                memcmp(decoy->bytes, scene->known.bytes, 8) != 0;
    case EXIT_CHANGES_BUFFER:
        return exit_transfer(scene->helper, decoy, false, BUFFER_LEN, 1) &&
                memcmp(decoy->bytes, before, BUFFER_LEN) != 0;
    case EXIT_CHANGES_BACKING:
        return memcmp(decoy->bytes, before, BUFFER_LEN) != 0;
    }
    return false;
}

static bool control_stream(const struct scene *scene, const struct exit_stream *attack)
{
    struct exit_object decoy = { .handle = 0 };
    struct exit_object seen = { .handle = 0 };
    uint8_t before[BUFFER_LEN];
    struct attacker attacker;
    bool made =
            attack->bind == 0 ? make_picture(scene, &decoy) : make_buffer(scene, attack, &decoy);
    bool works = made && enter(scene, &attacker);
    if (works) {
        works = exit_import(scene->helper, decoy.handle, attacker.file, &seen);
        memcpy(before, decoy.bytes, BUFFER_LEN);
        run(scene, &attacker, attack, decoy.id);
        works = works && has_worked(scene, attack, &decoy, before);
        exit_drop(attacker.file, &seen);
        leave(&attacker);
    }
    exit_drop(scene->helper, &decoy);
    return works;
}

static void say(const char *name, bool works, unsigned found)
{
    printf("%s: %s %u\n", name, works ? "works" : "fails", found);
    (void)fflush(stdout);
}

static bool try_stream(const struct scene *scene, const struct exit_stream *attack)
{
    struct attacker attacker;
    bool works = control_stream(scene, attack);
    if (!enter(scene, &attacker) || !aim(scene, &attacker)) {
        return false;
    }
    run(scene, &attacker, attack, attacker.victim.id);
    say(attack->name, works, look(scene, &attacker));
    leave(&attacker);
    return true;
}

/* The player has others, which no handle leads to. */
static bool try_neighbours(const struct scene *scene)
{
    const struct exit_stream *copy = exit_stream_at(0);
    unsigned found = 0;
    bool works = control_stream(scene, copy);
    for (uint32_t before = 1; before <= NEIGHBOURS && before < scene->shown.id; before++) {
        struct attacker attacker;
        if (!enter(scene, &attacker)) {
            return false;
        }
        run(scene, &attacker, copy, scene->shown.id - before);
        found += look(scene, &attacker);
        leave(&attacker);
    }
    say("copy from neighbours", works, found);
    return true;
}

/* Transfers and maps */

static unsigned fetch(const struct scene *scene, const struct attacker *attacker, bool transfer)
{
    const struct exit_object *victim = &attacker->victim;
    if (transfer) {
        (void)exit_transfer(attacker->file, victim, false, scene->clip.width, scene->clip.height);
    }
    return count_windows(scene, victim->bytes, victim->len);
}

static void overwrite(const struct scene *scene, const struct attacker *attacker)
{
    memset(attacker->victim.bytes, OTHER, attacker->victim.len);
    (void)exit_transfer(attacker->file, &attacker->victim, true, scene->clip.width,
            scene->clip.height);
    memset(attacker->victim.bytes, 0, attacker->victim.len);
}

enum memory_attack { TRANSFER_FROM, MAP, TRANSFER_TO };

static bool control_memory(const struct scene *scene, enum memory_attack attack)
{
    struct exit_object decoy = { .handle = 0 };
    struct attacker attacker;
    if (!make_picture(scene, &decoy) || !enter(scene, &attacker) ||
            !exit_import(scene->helper, decoy.handle, attacker.file, &attacker.victim) ||
            !exit_map(attacker.file, &attacker.victim)) {
        return false;
    }
    bool works = false;
    if (attack == TRANSFER_TO) {
        overwrite(scene, &attacker);
        works = exit_transfer(scene->helper, &decoy, false, scene->clip.width,
                        scene->clip.height) &&
                is_all(decoy.bytes, OTHER, WINDOW_LEN);
    } else {
        memcpy(decoy.bytes, scene->known.bytes, attack == MAP ? scene->known.len : 0);
        works = fetch(scene, &attacker, attack == TRANSFER_FROM) > 0;
    }
    leave(&attacker);
    exit_drop(scene->helper, &decoy);
    return works;
}

static bool try_memory(const struct scene *scene, enum memory_attack attack, const char *name)
{
    struct attacker attacker;
    unsigned found = 0;
    bool works = control_memory(scene, attack);
    if (!enter(scene, &attacker) || !aim(scene, &attacker)) {
        return false;
    }
    if (attack == TRANSFER_TO) {
        overwrite(scene, &attacker);
    } else {
        found = fetch(scene, &attacker, attack == TRANSFER_FROM);
    }
    say(name, works, found + look(scene, &attacker));
    leave(&attacker);
    return true;
}

/* Vendor submissions. What is shown is tried with a session of ours; what is ours already, with a second
 * one in the same context. */

enum vendor_attack { COPY, CONVERT, ENCRYPT, DECRYPT };

struct vendor {
    struct attacker attacker;
    struct exit_session *session;
    struct exit_object own;      /* protected, filled by the session */
    struct exit_object from, to; /* pictures in guest memory, the first one known */
    struct exit_object bytes;    /* a buffer */
};

static bool make_vendor(const struct scene *scene, struct vendor *vendor)
{
    struct exit_shape shape = picture_of(scene);
    const struct exit_shape bytes = buffer_of(VIT_BIND_STAGING, scene->known.len);
    struct attacker *attacker = &vendor->attacker;
    shape.bind = VIT_BIND_STAGING;
    vendor->session = scene->own ? &attacker->second : &attacker->session;
    if (!enter(scene, attacker) || !aim(scene, attacker) ||
            !exit_session_open(attacker->file, &scene->clip, vendor->session) ||
            !exit_protected(attacker->file, &scene->clip, &vendor->own) ||
            exit_decrypt(vendor->session, &scene->clip, vendor->own.id) != VIT_OK ||
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
    leave(&vendor->attacker);
}

static enum vit_status submit(const struct scene *scene, struct vendor *vendor,
        enum vendor_attack attack, uint32_t victim)
{
    memset(vendor->to.bytes, NOTHING, scene->known.len);
    memset(vendor->bytes.bytes, NOTHING, scene->known.len);
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

static bool has_given(const struct scene *scene, const struct vendor *vendor,
        enum vendor_attack attack)
{
    switch (attack) {
    case COPY:
        return count_windows(scene, vendor->bytes.bytes, scene->known.len) > 0;
    case CONVERT:
        return count_windows(scene, vendor->to.bytes, scene->known.len) > 0;
    case ENCRYPT:
        return !is_all(vendor->bytes.bytes, NOTHING, scene->known.len);
    case DECRYPT:
        return true;
    }
    return false;
}

static bool try_vendor(const struct scene *scene, enum vendor_attack attack, const char *name)
{
    struct vendor vendor = { .session = NULL };
    if (!make_vendor(scene, &vendor)) {
        return false;
    }
    bool clear = attack == COPY || attack == CONVERT;
    uint32_t decoy = clear ? vendor.from.id : vendor.own.id;
    /* The decrypt above was the control; a second one would need an IV that grew. */
    bool works = attack == DECRYPT ||
            (submit(scene, &vendor, attack, decoy) == VIT_OK && has_given(scene, &vendor, attack));
    enum vit_status status = submit(scene, &vendor, attack, vendor.attacker.victim.id);
    unsigned found = look(scene, &vendor.attacker) + (status == VIT_OK ? 1 : 0);
    found += is_all(vendor.to.bytes, NOTHING, scene->known.len) ? 0 : 1;
    found += is_all(vendor.bytes.bytes, NOTHING, scene->known.len) ? 0 : 1;
    say(name, works, found);
    drop_vendor(&vendor);
    return true;
}

/* Everything */

static bool try_all(const struct scene *scene)
{
    bool done = try_memory(scene, TRANSFER_FROM, "transfer") && try_memory(scene, MAP, "map") &&
            try_memory(scene, TRANSFER_TO, "overwrite");
    const struct exit_stream *attack;
    for (unsigned i = 0; done && (attack = exit_stream_at(i)) != NULL; i++) {
        done = try_stream(scene, attack);
    }
    done = done && try_vendor(scene, COPY, "vendor copy") &&
            try_vendor(scene, CONVERT, "vendor convert") &&
            try_vendor(scene, ENCRYPT, "vendor encrypt");
    if (scene->own) {
        return done;
    }
    return done && try_vendor(scene, DECRYPT, "vendor decrypt onto") && try_neighbours(scene);
}

static bool open_scene(struct scene *scene)
{
    struct exit_shape target = picture_of(scene);
    const struct exit_shape results = buffer_of(VIT_BIND_STAGING, scene->known.len);
    uint32_t width = 0, height = 0;
    scene->scratch = malloc(scene->known.len + BUFFER_LEN);
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
    struct scene scene = { .known = { .bytes = NULL } };
    struct file clip;
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
    if (!try_all(&scene)) {
        fprintf(stderr, "vitrine-vm-exit: no attacker\n");
        return 1;
    }
    return 0;
}
