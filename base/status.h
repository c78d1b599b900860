/* SPDX-License-Identifier: MIT */
/**
 * What a call can say. Each name tells what the caller can do; none names a layer.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum vit_status {
    VIT_OK = 0,
    VIT_E_ARG = 1,         /* the call is wrong: fix it */
    VIT_E_STATE = 2,       /* wrong order: do first what the header says */
    VIT_E_NOMEM = 3,       /* out of memory: free some and retry */
    VIT_E_LIMIT = 4,       /* a stated limit is reached: release something first */
    VIT_E_UNSUPPORTED = 5, /* never works here: do without */
    VIT_E_REFUSED = 6,     /* bytes that do not authenticate or decrypt: get others */
    VIT_E_DENIED = 7,      /* content protection forbids it */
    VIT_E_BUSY = 8,        /* not finished yet: ask again */
    VIT_E_TIMEOUT = 9,     /* a wait reached its limit */
    VIT_E_GONE = 10,       /* the device or the peer is lost: reopen */
    VIT_E_PROTOCOL = 11,   /* the peer broke the protocol: give up on it */
    VIT_E_IO = 12,         /* a file or socket failed; errno says why */
    VIT_STATUS_COUNT
};

#define VIT_RESULT __attribute__((warn_unused_result)) enum vit_status

/* The only macro that hides a return. */
#define VIT_TRY(expression)                                                                        \
    do {                                                                                           \
        enum vit_status vit_try_status = (expression);                                             \
        if (vit_try_status != VIT_OK) {                                                            \
            return vit_try_status;                                                                 \
        }                                                                                          \
    } while (0)

/* "refused", "timeout", ...; "unknown" for a number outside the list. Never NULL. */
const char *vit_status_name(enum vit_status status);

#endif
