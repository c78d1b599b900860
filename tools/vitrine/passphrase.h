/* SPDX-License-Identifier: MIT */
/* Passphrases come from an inherited file descriptor or from the terminal, never from arguments. */
#ifndef TOOLS_VITRINE_PASSPHRASE_H
#define TOOLS_VITRINE_PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

enum { VIT_PASSPHRASE_MAX = 1024, VIT_PASSPHRASE_NO_FD = -1 };

struct vit_passphrase {
    char text[VIT_PASSPHRASE_MAX];
    size_t len;
};

/**
 * For a key that is made: from fd up to its end or a line's end, or asked twice on the terminal.
 *
 * @param fd  VIT_PASSPHRASE_NO_FD: the terminal
 * @return VIT_E_IO       no terminal, or the descriptor cannot be read
 *         VIT_E_REFUSED  empty, too long, or the two differ
 */
VIT_RESULT vit_passphrase_new(int fd, const char *what, struct vit_passphrase *passphrase);

/* For a key that is opened: context of vit_passphrase_ask(). */
struct vit_passphrase_source {
    int fd;           /* VIT_PASSPHRASE_NO_FD: the terminal */
    const char *what; /* "root.key" */
};

/* vit_passphrase_fn: for what is there, and for what is made. */
int vit_passphrase_ask(void *source, char *out, int capacity);
int vit_passphrase_choose(void *source, char *out, int capacity);

void vit_passphrase_wipe(struct vit_passphrase *passphrase);

#endif
