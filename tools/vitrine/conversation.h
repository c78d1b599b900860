/* SPDX-License-Identifier: MIT */
/**
 * What player and content server say to each other during playback, over a stream socket. Every
 * message is u32 type, u32 length, body; little-endian.
 *
 *   REFRESH    player: 16-byte number of StartSessionKeyRefresh
 *   KEYS       server: u32 count, then each content key wrapped under the refreshed session key
 *   READBACK   player: u32 frame, u32 0, 16-byte wrapped read-back key, 16-byte IV, then the bytes
 *              that EncryptionBlt wrote
 *   VERDICT    server: u32 1 the frame is the one that was sealed, 0 it is not
 */
#ifndef TOOLS_VITRINE_CONVERSATION_H
#define TOOLS_VITRINE_CONVERSATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum conversation_type {
    CONVERSATION_REFRESH = 1,
    CONVERSATION_KEYS = 2,
    CONVERSATION_READBACK = 3,
    CONVERSATION_VERDICT = 4,
};

enum { CONVERSATION_READBACK_HEAD = 40 };

/* Longest body: a read-back frame of the largest surface. */
#define CONVERSATION_MAX_LEN (UINT32_C(0x60000000) + CONVERSATION_READBACK_HEAD)

/* Connects to a server's socket, or opens the virtio-serial port that leads to one; -1 with errno. */
int conversation_connect(const char *path);
/* Listens; -1 with errno. Only the owner may connect. */
int conversation_listen(const char *path);

VIT_RESULT conversation_send(int socket, enum conversation_type type, const void *head,
        size_t head_len, const void *body, size_t body_len);

/* Reads a header. @return VIT_E_GONE the other end hung up, VIT_E_TIMEOUT, VIT_E_PROTOCOL */
VIT_RESULT conversation_next(int socket, int limit_ms, uint32_t *type, uint32_t *len);
/* Reads body bytes. */
VIT_RESULT conversation_read(int socket, int limit_ms, void *body, size_t len);

#endif
