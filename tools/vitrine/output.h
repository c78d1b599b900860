/* SPDX-License-Identifier: MIT */
/**
 * A file that appears when it is whole, or never: it is written beside its target under another
 * name and renamed. Failures and signals that end the program remove that name and nothing else.
 * Only a regular file that this user may write is ever replaced: no link, device or folder.
 */
#ifndef TOOLS_VITRINE_OUTPUT_H
#define TOOLS_VITRINE_OUTPUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/status.h"

struct output {
    const char *path; /* borrowed */
    char *temporary;
    int fd; /* to be written */
    bool replace;
};

/**
 * May this be written? Nothing is there, or a file that may be replaced.
 *
 * @return VIT_E_ARG  something is there that is no regular file
 *         VIT_E_IO   errno says why; EEXIST: it is there, and not to be replaced
 */
VIT_RESULT output_check(const char *path, bool replace);

/* mode is less the umask. Fails as output_check() does. */
VIT_RESULT output_begin(const char *path, mode_t mode, bool replace, struct output *output);
/* Syncs and renames. @return VIT_E_ARG, VIT_E_IO as output_check() */
VIT_RESULT output_commit(struct output *output);
/* Removes what was not committed; errno is as before. */
void output_finish(struct output *output);

/* Do both names lead to the same file? NULL and what is not there lead nowhere. */
bool output_is(const char *path, const char *input);

typedef struct output vit_auto_type_output;
static inline void vit_auto_output(struct output *output)
{
    output_finish(output);
}

#endif
