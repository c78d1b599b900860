/* SPDX-License-Identifier: MIT */
/** Vendor submissions of a program that speaks the wire contract itself, with a session of its own that
 * a recorded clip opens: anybody who has the clip can replay it, and its picture is a real one. */
#ifndef TESTS_VM_EXIT_SESSION_H
#define TESTS_VM_EXIT_SESSION_H

#include "tests/vm/exit_drm.h"
#include "wire/envelope.h"

struct exit_clip {
    const uint8_t *bytes; /* borrowed: a sealed clip, see tools/vitrine/clip.h */
    size_t len;
    uint32_t width, height;
};

struct exit_session {
    int file; /* borrowed: whose context it is in */
    struct exit_object page, sealed;
    uint64_t sequence, id;
};

/* Makes a session of the clip's block. */
bool exit_session_open(int file, const struct exit_clip *clip, struct exit_session *session);
void exit_session_close(struct exit_session *session);
/* A protected picture that this context owns, empty. */
bool exit_protected(int file, const struct exit_clip *clip, struct exit_object *object);
/* Decrypts the clip's last frame into a protected picture. */
enum vit_status exit_decrypt(struct exit_session *session, const struct exit_clip *clip,
        uint32_t destination);
enum vit_status exit_encrypt(struct exit_session *session, uint32_t source, uint32_t destination,
        size_t len);
enum vit_status exit_copy(struct exit_session *session, uint32_t source, uint32_t destination,
        size_t len);
enum vit_status exit_convert(struct exit_session *session, uint32_t source, uint32_t destination,
        uint32_t width, uint32_t height);

#endif
