/* SPDX-License-Identifier: MIT */
/**
 * The states of a crypto session and what each event does in each; both ends ask this table first.
 *
 *   created --negotiate--> keyed --refresh start--> refreshing --refresh finish--> keyed
 *   keyed, refreshing: use (blts, read-back key) stays; refresh start draws a new number
 *   any --lose--> lost (device reset, key loss); any --destroy--> destroyed
 *
 * A second negotiation is refused: a keyed session is one content owner's (page
 * PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYESCHANGE says nothing of it).
 */
#ifndef CRYPTO_SESSION_STATE_H
#define CRYPTO_SESSION_STATE_H

#include "base/status.h"

enum vit_session_state {
    VIT_SESSION_CREATED,
    VIT_SESSION_KEYED,
    VIT_SESSION_REFRESHING,
    VIT_SESSION_LOST,
    VIT_SESSION_DESTROYED,
    VIT_SESSION_STATE_COUNT
};

enum vit_session_event {
    VIT_SESSION_NEGOTIATE,
    VIT_SESSION_USE,
    VIT_SESSION_REFRESH_START,
    VIT_SESSION_REFRESH_FINISH,
    VIT_SESSION_LOSE,
    VIT_SESSION_DESTROY,
    VIT_SESSION_EVENT_COUNT
};

/* "created", "keyed", ... */
const char *vit_session_state_name(enum vit_session_state state);

/* @return VIT_E_STATE not in this state; VIT_E_GONE the session is lost or destroyed */
VIT_RESULT vit_session_next(enum vit_session_state state, enum vit_session_event event,
        enum vit_session_state *next);

#endif
