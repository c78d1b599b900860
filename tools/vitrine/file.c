/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tools/vitrine/guard.h"

/* At most capacity bytes: reading goes on until the end or until they are there. */
static ssize_t read_all(int fd, uint8_t *bytes, size_t capacity)
{
    size_t len = 0;
    while (len < capacity) {
        ssize_t got = read(fd, bytes + len, capacity - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        len += (size_t)got;
    }
    return (ssize_t)len;
}

VIT_RESULT vit_file_read(const char *path, size_t max, uint8_t **bytes, size_t *len)
{
    VIT_AUTO(fd) fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return VIT_E_IO;
    }
    VIT_AUTO(bytes) buffer = malloc(max + 1);
    if (buffer == NULL) {
        return VIT_E_NOMEM;
    }
    ssize_t got = read_all(fd, buffer, max + 1);
    if (got < 0) {
        return VIT_E_IO;
    }
    if ((size_t)got > max) {
        errno = EFBIG;
        return VIT_E_IO;
    }
    buffer[got] = 0;
    *bytes = buffer;
    *len = (size_t)got;
    buffer = NULL;
    return VIT_OK;
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return false;
        }
        bytes += put;
        len -= (size_t)put;
    }
    return true;
}

char *vit_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return strdup(".");
    }
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

VIT_RESULT vit_file_begin(const char *path, const void *bytes, size_t len, mode_t mode,
        bool replace, struct output *output)
{
    VIT_TRY(output_begin(path, mode, replace, output));
    bool good = fchmod(output->fd, mode) == 0 && write_all(output->fd, bytes, len) &&
            fsync(output->fd) == 0;
    return good ? VIT_OK : VIT_E_IO;
}

VIT_RESULT vit_file_write(const char *path, const void *bytes, size_t len, mode_t mode,
        bool replace)
{
    VIT_AUTO(output) output;
    VIT_TRY(vit_file_begin(path, bytes, len, mode, replace, &output));
    return output_commit(&output);
}

/* Removes what is empty of path and those above it, down from new_from. */
static void remove_empty(const char *path, const char *new_from)
{
    VIT_AUTO(string) at = strdup(path);
    size_t first_len = strlen(new_from);
    while (at != NULL && strlen(at) >= first_len) {
        rmdir(at);
        char *slash = strrchr(at, '/');
        if (slash == NULL) {
            break;
        }
        *slash = '\0';
    }
}

static enum vit_status make_folders(const char *path, char **new_from);

static enum vit_status make_with_above(const char *path, char **new_from)
{
    VIT_AUTO(string) above = vit_path_folder(path);
    if (above == NULL) {
        return VIT_E_NOMEM;
    }
    if (strcmp(above, path) == 0 || strcmp(above, ".") == 0) {
        errno = ENOENT;
        return VIT_E_IO;
    }
    VIT_TRY(make_folders(above, new_from));
    return mkdir(path, 0700) == 0 || errno == EEXIST ? VIT_OK : VIT_E_IO;
}

static enum vit_status make_folders(const char *path, char **new_from)
{
    VIT_AUTO(string) copy = strdup(path);
    if (copy == NULL) {
        return VIT_E_NOMEM;
    }
    if (mkdir(path, 0700) == 0) {
        *new_from = copy;
        copy = NULL;
        return VIT_OK;
    }
    if (errno == EEXIST) {
        struct stat facts;
        bool is_folder = stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
        errno = ENOTDIR;
        return is_folder ? VIT_OK : VIT_E_IO;
    }
    return errno == ENOENT ? make_with_above(path, new_from) : VIT_E_IO;
}

/* With the signals held. More names than can be guarded only stay after a signal. */
static enum vit_status make_and_guard(const char *path, char **new_from)
{
    enum vit_status status = make_folders(path, new_from);
    if (*new_from == NULL) {
        return status;
    }
    if (status == VIT_OK) {
        guard_add(*new_from);
        guard_add(path);
        return status;
    }
    int why = errno;
    remove_empty(path, *new_from);
    free(*new_from);
    *new_from = NULL;
    errno = why;
    return status;
}

VIT_RESULT vit_folder_make(const char *path, char **new_from)
{
    sigset_t before;
    *new_from = NULL;
    guard_hold(&before);
    enum vit_status status = make_and_guard(path, new_from);
    guard_release(&before);
    return status;
}

void vit_folder_settle(const char *path, char *new_from)
{
    int why = errno;
    if (new_from != NULL) {
        remove_empty(path, new_from);
        guard_remove(path);
        guard_remove(new_from);
        free(new_from);
    }
    errno = why;
}

char *vit_path_join(const char *folder, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

char *vit_data_path(const char *rest)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    char *path = NULL;
    int len = -1;
    const char *slash = rest != NULL ? "/" : "";
    rest = rest != NULL ? rest : "";
    if (data != NULL && data[0] == '/') { /* a relative one is to be ignored, says its standard */
        len = asprintf(&path, "%s/vitrine%s%s", data, slash, rest);
    } else if (home != NULL && home[0] != '\0') {
        len = asprintf(&path, "%s/.local/share/vitrine%s%s", home, slash, rest);
    }
    return len < 0 ? NULL : path;
}
