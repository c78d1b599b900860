/* SPDX-License-Identifier: MIT */
/**
 * The player: drives the Direct3D 11.1 DDI with a sealed clip. It holds no key and no clear frame;
 * what it shows goes from the file through a staging resource into the device.
 */
#ifndef TOOLS_VITRINE_PLAYER_H
#define TOOLS_VITRINE_PLAYER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "crypto/digest.h"
#include "runtime/ddi.h"
#include "tools/vitrine/clip.h"

struct player;

/* What happened, for report.json. */
struct player_result {
    uint32_t frames;
    uint64_t bytes;
    double seconds;
    uint32_t refusals;     /* attempts to read protected content that were refused */
    bool refreshed;        /* the session key was refreshed halfway */
    int readback;          /* 1: the server recognised the frame, 0: it did not, -1: not asked */
    bool capture_is_black; /* reading back the protected scanout gave nothing */
    bool control_is_equal; /* reading back the unprotected one gave the frame */
    bool source_known;     /* the clip says what the display must show */
    bool display_seen;     /* the link has the display's end; else it is out of sight */
    bool display_is_equal; /* it shows what the clip says */
    bool display_is_black;
    uint8_t source_digest[VIT_SHA256_LEN];
    uint8_t display_digest[VIT_SHA256_LEN];
};

/* Called while a picture is on the screen: "protected" or "control". Returns when it may go. */
typedef void player_shown(const char *picture);

struct player_config {
    struct vit_adapter *adapter; /* borrowed */
    FILE *clip;                  /* at its start */
    const char *clip_name;       /* for messages */
    int server;                  /* a content server's socket; -1: none */
    const char *output;          /* folder for the pictures; NULL: none are written */
    bool quiet;                  /* no progress bar */
    player_shown *shown;         /* NULL: nobody waits */
};

/* Says on standard error what is wrong. Returns an exit code of command.h. */
int player_run(const struct player_config *config, struct player_result *result);

#endif
