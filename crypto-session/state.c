/* SPDX-License-Identifier: MIT */
#include "crypto-session/state.h"

#include <stdint.h>

enum { NO = 0, GONE = 0xff };

/* Next state + 1. */
#define TO(state) (VIT_SESSION_##state + 1)

static const uint8_t table[VIT_SESSION_STATE_COUNT][VIT_SESSION_EVENT_COUNT] = {
    /*                         negotiate  use             refresh start   refresh finish
     *                         lose       destroy */
    [VIT_SESSION_CREATED] = { TO(KEYED), NO, NO, NO, TO(LOST), TO(DESTROYED) },
    [VIT_SESSION_KEYED] = { NO, TO(KEYED), TO(REFRESHING), NO, TO(LOST), TO(DESTROYED) },
    [VIT_SESSION_REFRESHING] = { NO, TO(REFRESHING), TO(REFRESHING), TO(KEYED), TO(LOST),
            TO(DESTROYED) },
    [VIT_SESSION_LOST] = { GONE, GONE, GONE, GONE, TO(LOST), TO(DESTROYED) },
    [VIT_SESSION_DESTROYED] = { GONE, GONE, GONE, GONE, GONE, GONE },
};

static const char *const names[VIT_SESSION_STATE_COUNT] = {
    [VIT_SESSION_CREATED] = "created",
    [VIT_SESSION_KEYED] = "keyed",
    [VIT_SESSION_REFRESHING] = "refreshing",
    [VIT_SESSION_LOST] = "lost",
    [VIT_SESSION_DESTROYED] = "destroyed",
};

const char *vit_session_state_name(enum vit_session_state state)
{
    return (unsigned)state < VIT_SESSION_STATE_COUNT ? names[state] : "unknown";
}

enum vit_status vit_session_next(enum vit_session_state state, enum vit_session_event event,
        enum vit_session_state *next)
{
    if ((unsigned)state >= VIT_SESSION_STATE_COUNT || (unsigned)event >= VIT_SESSION_EVENT_COUNT) {
        return VIT_E_ARG;
    }
    uint8_t entry = table[state][event];
    if (entry == GONE) {
        return VIT_E_GONE;
    }
    if (entry == NO) {
        return VIT_E_STATE;
    }
    *next = (enum vit_session_state)(entry - 1);
    return VIT_OK;
}
