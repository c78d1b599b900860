/* SPDX-License-Identifier: MIT */
/* Outputs of functions without a result are zeroed when the call is refused. */
#ifndef UMD_OUTPUT_H
#define UMD_OUTPUT_H

#include <string.h>

#include "winabi.h"

/* An output that the caller says is size bytes long and that should be len: a plausible size is
 * believed, another one zeroes what every caller of a correct call has. */
static inline void umd_zero_output(VOID *output, UINT size, UINT len)
{
    enum { PLAUSIBLE_LEN = 65536 };
    if (output != NULL) {
        memset(output, 0, size <= PLAUSIBLE_LEN ? size : len);
    }
}

#endif
