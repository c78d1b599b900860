/* SPDX-License-Identifier: MIT */
/* What a person reads. Names come from keys and tokens, so nothing of them may command a terminal. */
#ifndef CNG_NCRYPT_QUESTION_H
#define CNG_NCRYPT_QUESTION_H

#include "base/cleanup.h"
#include "vitrine_ncrypt.h"

/* Lines, the last without its end: the cursor stays behind it. For the caller to free; NULL: out of
 * memory. */
char *vit_question_text(const VITRINE_NCRYPT_QUESTION *question);

#endif
