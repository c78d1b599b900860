/* SPDX-License-Identifier: MIT */
/**
 * The terminal of the process as the person who is asked: the one whom providers get until an
 * application sets another (vitrine_ncrypt.h).
 */
#ifndef CNG_NCRYPT_TERMINAL_H
#define CNG_NCRYPT_TERMINAL_H

#include "vitrine_ncrypt.h"

/* A VITRINE_NCRYPT_PROMPT_FN without a context. One question at a time, whoever asks. */
int vit_terminal_ask(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity);

#endif
