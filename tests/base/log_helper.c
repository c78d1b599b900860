/* SPDX-License-Identifier: MIT */
/* Logs and traces one line each; exits 3 in a process with raised privileges, else 0. */
#include <sys/auxv.h>

#include "base/log.h"

int main(void)
{
    vit_log(VIT_LOG_ERROR, "a logged line");
    vit_trace("a traced line");
    return getauxval(AT_SECURE) != 0 ? 3 : 0;
}
