/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "tools/vitrine/file.h"
#include "tools/vitrine/guard.h"

enum { NAME_TRIES = 16 };

VIT_RESULT output_check(const char *path, bool replace)
{
    struct stat facts;
    if (lstat(path, &facts) != 0) {
        return errno == ENOENT ? VIT_OK : VIT_E_IO;
    }
    if (!replace) {
        errno = EEXIST;
        return VIT_E_IO;
    }
    if (!S_ISREG(facts.st_mode)) {
        return VIT_E_ARG;
    }
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 ? VIT_OK : VIT_E_IO;
}

static char *temporary_name(const char *folder)
{
    uint64_t random = 0;
    char *path = NULL;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random) ||
            asprintf(&path, "%s/.vitrine-%016" PRIx64, folder, random) < 0) {
        return NULL;
    }
    return path;
}

/* With the signals held: the file and its guard come together. */
static enum vit_status create(struct output *output, mode_t mode)
{
    if (!guard_add(output->temporary)) {
        return VIT_E_LIMIT;
    }
    output->fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (output->fd < 0) {
        guard_remove(output->temporary);
        return VIT_E_IO;
    }
    return VIT_OK;
}

static enum vit_status try_name(struct output *output, const char *folder, mode_t mode)
{
    sigset_t before;
    output->temporary = temporary_name(folder);
    if (output->temporary == NULL) {
        return VIT_E_NOMEM;
    }
    guard_hold(&before);
    enum vit_status status = create(output, mode);
    guard_release(&before);
    if (status != VIT_OK) {
        int why = errno;
        free(output->temporary);
        output->temporary = NULL;
        errno = why;
    }
    return status;
}

VIT_RESULT output_begin(const char *path, mode_t mode, bool replace, struct output *output)
{
    *output = (struct output){ .path = path, .fd = -1, .replace = replace };
    VIT_TRY(output_check(path, replace));
    VIT_AUTO(string) folder = vit_path_folder(path);
    if (folder == NULL) {
        return VIT_E_NOMEM;
    }
    enum vit_status status = VIT_E_IO;
    for (int i = 0; i < NAME_TRIES; i++) {
        status = try_name(output, folder, mode);
        if (status != VIT_E_IO || errno != EEXIST) {
            break;
        }
    }
    return status;
}

/* Some file systems know no rename that refuses to replace: there a second link does it. */
static bool move(const char *from, const char *to, bool replace)
{
    if (replace) {
        return rename(from, to) == 0;
    }
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) {
        return true;
    }
    return (errno == EINVAL || errno == ENOSYS) && link(from, to) == 0 && unlink(from) == 0;
}

/* The new name is on the disk only when its folder is. */
static bool sync_folder_of(const char *path)
{
    VIT_AUTO(string) folder = vit_path_folder(path);
    VIT_AUTO(fd) fd = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    return fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
}

static void forget(struct output *output)
{
    guard_remove(output->temporary);
    free(output->temporary);
    output->temporary = NULL;
}

VIT_RESULT output_commit(struct output *output)
{
    if (fsync(output->fd) != 0) {
        return VIT_E_IO;
    }
    VIT_TRY(output_check(output->path, output->replace)); /* much may have happened meanwhile */
    if (!move(output->temporary, output->path, output->replace)) {
        return VIT_E_IO;
    }
    forget(output);
    return sync_folder_of(output->path) ? VIT_OK : VIT_E_IO;
}

void output_finish(struct output *output)
{
    int why = errno;
    if (output->temporary != NULL) {
        unlink(output->temporary);
        forget(output);
    }
    if (output->fd >= 0) {
        close(output->fd);
        output->fd = -1;
    }
    errno = why;
}

bool output_is(const char *path, const char *input)
{
    struct stat a, b;
    return input != NULL && stat(path, &a) == 0 && stat(input, &b) == 0 && a.st_dev == b.st_dev &&
            a.st_ino == b.st_ino;
}
