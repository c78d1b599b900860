/* SPDX-License-Identifier: MIT */
/* Files of the command: read with a limit, written at once or not at all. errno says why not. */
#ifndef TOOLS_VITRINE_FILE_H
#define TOOLS_VITRINE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "tools/vitrine/output.h"

/**
 * @param bytes  to be freed; one more byte than len is there and zero
 * @return VIT_E_IO (EFBIG: more than max bytes), VIT_E_NOMEM
 */
VIT_RESULT vit_file_read(const char *path, size_t max, uint8_t **bytes, size_t *len);

/**
 * Written at once or not at all (output.h).
 *
 * @param replace  false: an existing file stays as it is, and the result is VIT_E_IO with EEXIST
 * @return VIT_E_ARG what is there is no regular file; VIT_E_IO; VIT_E_NOMEM
 */
VIT_RESULT vit_file_write(const char *path, const void *bytes, size_t len, mode_t mode,
        bool replace);

/* The same but for output_commit(), so that several files appear when all are on the disk. */
VIT_RESULT vit_file_begin(const char *path, const void *bytes, size_t len, mode_t mode,
        bool replace, struct output *output);

/**
 * With the folders above it, for this user alone. New ones go with a signal while they are empty.
 *
 * @param path      borrowed until vit_folder_settle()
 * @param new_from  the first that was not there before, which begins path; NULL when all were there,
 *                  and on failure, which leaves no new one
 */
VIT_RESULT vit_folder_make(const char *path, char **new_from);
/* Removes the new folders that are still empty, and frees new_from. errno is as before. */
void vit_folder_settle(const char *path, char *new_from);

/* This user's "$XDG_DATA_HOME/vitrine", or below ~/.local/share; with "/rest" unless NULL. To be
 * freed; NULL when neither is set. */
char *vit_data_path(const char *rest);

/* The part before the last slash, or "."; to be freed, NULL without memory. */
char *vit_path_folder(const char *path);

/* "folder/name"; to be freed, NULL without memory. */
char *vit_path_join(const char *folder, const char *name);

#endif
