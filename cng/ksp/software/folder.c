/* SPDX-License-Identifier: MIT */
#include "cng/ksp/software/folder_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_MODE = 0700 };

SECURITY_STATUS vit_folder_status(int error)
{
    switch (error) {
    case ENOENT:
        return NTE_NOT_FOUND;
    case EEXIST:
        return NTE_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
    case ENOTDIR:
    case EISDIR:
    case ENXIO:
        return NTE_PERM;
    case ENOMEM:
        return NTE_NO_MEMORY;
    default:
        return NTE_SYS_ERR;
    }
}

/* Nobody else's, and nobody else may look into it. */
static bool is_private(const struct stat *info, mode_t type)
{
    return (info->st_mode & S_IFMT) == type && info->st_uid == geteuid() &&
            (info->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static SECURITY_STATUS check_private(int fd, mode_t type)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return vit_folder_status(errno);
    }
    return is_private(&info, type) ? ERROR_SUCCESS : NTE_PERM;
}

static SECURITY_STATUS sync_parent(char *path, char *end)
{
    char kept = *end;
    *end = '\0';
    VIT_AUTO(fd) parent = open(end == path ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = parent >= 0 && fsync(parent) == 0;
    SECURITY_STATUS status = done ? ERROR_SUCCESS : vit_folder_status(errno);
    *end = kept;
    return status;
}

/* Parents are not ours to judge: a home may be a link. */
static SECURITY_STATUS make_one(char *path, char *last_slash)
{
    if (mkdirat(AT_FDCWD, path, FOLDER_MODE) == 0) {
        return sync_parent(path, last_slash);
    }
    return errno == EEXIST ? ERROR_SUCCESS : vit_folder_status(errno);
}

static SECURITY_STATUS make_folders(const char *path)
{
    VIT_AUTO(string) copy = strdup(path);
    if (copy == NULL) {
        return NTE_NO_MEMORY;
    }
    SECURITY_STATUS status = ERROR_SUCCESS;
    char *last = copy;
    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = make_one(copy, last);
        *slash = '/';
        if (FAILED(status)) {
            return status;
        }
        last = slash;
    }
    return make_one(copy, last);
}

static SECURITY_STATUS open_or_make(const char *path, int flags, bool make, int *folder)
{
    *folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    if (*folder < 0 && errno == ENOENT && make) {
        SECURITY_STATUS status = make_folders(path);
        if (FAILED(status)) {
            return status == NTE_NOT_FOUND ? NTE_PERM : status;
        }
        *folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    }
    return *folder >= 0 ? ERROR_SUCCESS : vit_folder_status(errno);
}

SECURITY_STATUS vit_folder_open_common(const char *path, bool make, int *folder)
{
    return open_or_make(path, 0, make, folder);
}

SECURITY_STATUS vit_folder_open(const char *path, bool make, int *folder)
{
    VIT_AUTO(fd) fd = -1;
    SECURITY_STATUS status = open_or_make(path, O_NOFOLLOW, make, &fd);
    if (SUCCEEDED(status)) {
        status = check_private(fd, S_IFDIR);
    }
    if (SUCCEEDED(status)) {
        *folder = fd;
        fd = -1; /* ownership moved to the caller */
    }
    return status;
}

/* A pipe in the place of a file must not hold us up. */
SECURITY_STATUS vit_folder_open_file(int folder, const char *name, int flags, int *file)
{
    VIT_AUTO(fd) fd = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return vit_folder_status(errno);
    }
    SECURITY_STATUS status = check_private(fd, S_IFREG);
    if (SUCCEEDED(status)) {
        *file = fd;
        fd = -1; /* ownership moved to the caller */
    }
    return status;
}

SECURITY_STATUS vit_folder_probe(int folder, const char *name)
{
    struct stat info;
    return fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 ? ERROR_SUCCESS
                                                                  : vit_folder_status(errno);
}

static SECURITY_STATUS read_all(int fd, uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t done = pread(fd, bytes + at, len - at, (off_t)at);
        if (done < 0 && errno != EINTR) {
            return vit_folder_status(errno);
        }
        if (done == 0) {
            return NTE_BAD_DATA; /* shorter than it was a moment ago */
        }
        at += done > 0 ? (size_t)done : 0;
    }
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_file_read(int fd, size_t max_len, struct vit_file *file)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return vit_folder_status(errno);
    }
    if (info.st_size < 0 || (uintmax_t)info.st_size > max_len) {
        return NTE_BAD_DATA;
    }
    size_t len = (size_t)info.st_size;
    VIT_AUTO(bytes) bytes = malloc(len > 0 ? len : 1);
    if (bytes == NULL) {
        return NTE_NO_MEMORY;
    }
    SECURITY_STATUS status = read_all(fd, bytes, len);
    if (SUCCEEDED(status)) {
        *file = (struct vit_file){ bytes, len };
        bytes = NULL; /* ownership moved to the caller */
    }
    return status;
}

SECURITY_STATUS vit_folder_read(int folder, const char *name, size_t max_len, struct vit_file *file)
{
    VIT_AUTO(fd) fd = -1;
    SECURITY_STATUS status = vit_folder_open_file(folder, name, O_RDONLY, &fd);
    return SUCCEEDED(status) ? vit_file_read(fd, max_len, file) : status;
}

SECURITY_STATUS vit_folder_read_into(int folder, const char *name, uint8_t *bytes, size_t len)
{
    VIT_AUTO(fd) fd = -1;
    struct stat info;
    SECURITY_STATUS status = vit_folder_open_file(folder, name, O_RDONLY, &fd);
    if (FAILED(status)) {
        return status;
    }
    if (fstat(fd, &info) != 0) {
        return vit_folder_status(errno);
    }
    return info.st_size == (off_t)len ? read_all(fd, bytes, len) : NTE_BAD_DATA;
}
