/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/secret.h"

enum { INTERRUPT = 3 }; /* Ctrl-C, which is only a character while signals are off */

/* Byte by byte: what follows the line belongs to somebody else. */
static enum vit_status read_line(int fd, struct vit_passphrase *line)
{
    line->len = 0;
    for (;;) {
        char byte = 0;
        ssize_t got = read(fd, &byte, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return VIT_E_IO;
        }
        if (got == 0 || byte == '\n') {
            break;
        }
        if (line->len == sizeof(line->text) || byte == INTERRUPT) {
            return VIT_E_REFUSED;
        }
        line->text[line->len++] = byte;
    }
    return line->len > 0 ? VIT_OK : VIT_E_REFUSED;
}

/* Without signals, so that no way out leaves the terminal silent. */
static enum vit_status ask(int terminal, const char *prompt, struct vit_passphrase *line)
{
    struct termios before;
    if (tcgetattr(terminal, &before) != 0) {
        return VIT_E_IO;
    }
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    if (tcsetattr(terminal, TCSAFLUSH, &silent) != 0) {
        return VIT_E_IO;
    }
    dprintf(terminal, "%s: ", prompt);
    enum vit_status status = read_line(terminal, line);
    dprintf(terminal, "\n");
    tcsetattr(terminal, TCSAFLUSH, &before);
    return status;
}

static enum vit_status ask_once(const char *what, const char *how, struct vit_passphrase *line)
{
    VIT_AUTO(fd) terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return VIT_E_IO;
    }
    char prompt[256];
    snprintf(prompt, sizeof(prompt), "Passphrase of %s%s", what, how);
    return ask(terminal, prompt, line);
}

static enum vit_status ask_twice(const char *what, struct vit_passphrase *passphrase)
{
    VIT_TRY(ask_once(what, "", passphrase));
    struct vit_passphrase again = { 0 };
    enum vit_status status = ask_once(what, ", again", &again);
    if (status == VIT_OK &&
            (again.len != passphrase->len ||
                    memcmp(again.text, passphrase->text, again.len) != 0)) {
        status = VIT_E_REFUSED;
    }
    vit_passphrase_wipe(&again);
    return status;
}

VIT_RESULT vit_passphrase_new(int fd, const char *what, struct vit_passphrase *passphrase)
{
    enum vit_status status = fd >= 0 ? read_line(fd, passphrase) : ask_twice(what, passphrase);
    if (status != VIT_OK) {
        vit_passphrase_wipe(passphrase);
    }
    return status;
}

/* Wipes passphrase. */
static int hand_over(enum vit_status status, struct vit_passphrase *passphrase, char *out,
        int capacity)
{
    int len = -1;
    if (status == VIT_OK && passphrase->len <= (size_t)capacity) {
        memcpy(out, passphrase->text, passphrase->len);
        len = (int)passphrase->len;
    }
    vit_passphrase_wipe(passphrase);
    return len;
}

int vit_passphrase_ask(void *context, char *out, int capacity)
{
    const struct vit_passphrase_source *source = context;
    struct vit_passphrase passphrase = { 0 };
    enum vit_status status = source->fd >= 0 ? read_line(source->fd, &passphrase)
                                             : ask_once(source->what, "", &passphrase);
    return hand_over(status, &passphrase, out, capacity);
}

int vit_passphrase_choose(void *context, char *out, int capacity)
{
    const struct vit_passphrase_source *source = context;
    struct vit_passphrase passphrase = { 0 };
    enum vit_status status = vit_passphrase_new(source->fd, source->what, &passphrase);
    return hand_over(status, &passphrase, out, capacity);
}

void vit_passphrase_wipe(struct vit_passphrase *passphrase)
{
    vit_wipe(passphrase, sizeof(*passphrase));
}
