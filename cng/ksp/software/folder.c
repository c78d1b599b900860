/* SPDX-License-Identifier: MIT */
#include "cng/ksp/software/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/random.h"

enum { FOLDER_MODE = 0700, FILE_MODE = 0600, TRIES = 8, NAME_RANDOM_LEN = 16 };

static const char temporary_prefix[] = ".new-";

struct temporary_name {
    char text[sizeof(temporary_prefix) + 2 * NAME_RANDOM_LEN];
};

VIT_DEFINE_AUTO(folder_stream, DIR *, closedir)

static SECURITY_STATUS status_of(int error)
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
        return status_of(errno);
    }
    return is_private(&info, type) ? ERROR_SUCCESS : NTE_PERM;
}

static SECURITY_STATUS sync_parent(char *path, char *end)
{
    char kept = *end;
    *end = '\0';
    VIT_AUTO(fd) parent = open(end == path ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = parent >= 0 && fsync(parent) == 0;
    SECURITY_STATUS status = done ? ERROR_SUCCESS : status_of(errno);
    *end = kept;
    return status;
}

/* Parents are not ours to judge: a home may be a link. */
static SECURITY_STATUS make_one(char *path, char *last_slash)
{
    if (mkdir(path, FOLDER_MODE) == 0) {
        return sync_parent(path, last_slash);
    }
    return errno == EEXIST ? ERROR_SUCCESS : status_of(errno);
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
    return *folder >= 0 ? ERROR_SUCCESS : status_of(errno);
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
static SECURITY_STATUS open_file(int folder, const char *name, int flags, int *file)
{
    VIT_AUTO(fd) fd = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return status_of(errno);
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
                                                                  : status_of(errno);
}

static SECURITY_STATUS read_all(int fd, uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t done = pread(fd, bytes + at, len - at, (off_t)at);
        if (done < 0 && errno != EINTR) {
            return status_of(errno);
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
        return status_of(errno);
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
    SECURITY_STATUS status = open_file(folder, name, O_RDONLY, &fd);
    return SUCCEEDED(status) ? vit_file_read(fd, max_len, file) : status;
}

SECURITY_STATUS vit_folder_read_into(int folder, const char *name, uint8_t *bytes, size_t len)
{
    VIT_AUTO(fd) fd = -1;
    struct stat info;
    SECURITY_STATUS status = open_file(folder, name, O_RDONLY, &fd);
    if (FAILED(status)) {
        return status;
    }
    if (fstat(fd, &info) != 0) {
        return status_of(errno);
    }
    return info.st_size == (off_t)len ? read_all(fd, bytes, len) : NTE_BAD_DATA;
}

static SECURITY_STATUS write_all(int fd, const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t done = write(fd, bytes + at, len - at);
        if (done < 0 && errno != EINTR) {
            return status_of(errno);
        }
        at += done > 0 ? (size_t)done : 0;
    }
    return fsync(fd) == 0 ? ERROR_SUCCESS : status_of(errno);
}

static int lock_file(int fd, int how)
{
    int done;
    do {
        done = flock(fd, how);
    } while (done != 0 && errno == EINTR);
    return done;
}

/* Is it still what the name stands for? */
static bool is_named(int folder, const char *name, int fd)
{
    struct stat own, named;
    return fstat(fd, &own) == 0 && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
            own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

static SECURITY_STATUS name_temporary(struct temporary_name *name)
{
    uint8_t bytes[NAME_RANDOM_LEN];
    if (vit_random(bytes, sizeof(bytes)) != VIT_OK) {
        return NTE_FAIL;
    }
    char *at = stpcpy(name->text, temporary_prefix);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        at += snprintf(at, 3, "%02x", bytes[i]);
    }
    return ERROR_SUCCESS;
}

static SECURITY_STATUS open_temporary(int folder, struct temporary_name *name, int *fd)
{
    SECURITY_STATUS status = name_temporary(name);
    if (FAILED(status)) {
        return status;
    }
    *fd = openat(folder, name->text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
            FILE_MODE);
    return *fd >= 0 ? ERROR_SUCCESS : status_of(errno);
}

/* Between open and lock it looks like one that a dead writer left, and may be taken away. */
static SECURITY_STATUS make_temporary(int folder, struct temporary_name *name, int *file)
{
    for (int i = 0; i < TRIES; i++) {
        VIT_AUTO(fd) fd = -1;
        SECURITY_STATUS status = open_temporary(folder, name, &fd);
        if (FAILED(status)) {
            return status;
        }
        if (lock_file(fd, LOCK_EX | LOCK_NB) == 0 && is_named(folder, name->text, fd)) {
            *file = fd;
            fd = -1; /* ownership moved to the caller */
            return ERROR_SUCCESS;
        }
        (void)unlinkat(folder, name->text, 0);
    }
    return NTE_SYS_ERR;
}

static SECURITY_STATUS write_temporary(int folder, const void *bytes, size_t len,
        struct temporary_name *name, int *fd)
{
    SECURITY_STATUS status = make_temporary(folder, name, fd);
    if (FAILED(status)) {
        return status;
    }
    status = write_all(*fd, bytes, len);
    if (FAILED(status)) {
        (void)unlinkat(folder, name->text, 0);
    }
    return status;
}

static SECURITY_STATUS sync_folder(int folder)
{
    return fsync(folder) == 0 ? ERROR_SUCCESS : status_of(errno);
}

/* For file systems whose files have names from the start. */
static SECURITY_STATUS add_named(int folder, const char *name, const void *bytes, size_t len)
{
    struct temporary_name temporary;
    VIT_AUTO(fd) fd = -1;
    SECURITY_STATUS status = write_temporary(folder, bytes, len, &temporary, &fd);
    if (FAILED(status)) {
        return status;
    }
    bool done = renameat2(folder, temporary.text, folder, name, RENAME_NOREPLACE) == 0;
    if (!done && (errno == EINVAL || errno == ENOSYS)) {
        done = linkat(folder, temporary.text, folder, name, 0) == 0;
    }
    status = done ? sync_folder(folder) : status_of(errno);
    if (done && FAILED(status)) {
        (void)unlinkat(folder, name, 0); /* nobody replaces it meanwhile: it is locked */
    }
    (void)unlinkat(folder, temporary.text, 0);
    return status;
}

/* True: status says what came of it. */
static bool add_unnamed(int folder, const char *name, const void *bytes, size_t len,
        SECURITY_STATUS *status)
{
    char path[64];
    VIT_AUTO(fd) fd = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        *status = status_of(errno);
        return errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL;
    }
    *status = lock_file(fd, LOCK_EX | LOCK_NB) == 0 ? write_all(fd, bytes, len) : status_of(errno);
    if (FAILED(*status)) {
        return true;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, path, folder, name, AT_SYMLINK_FOLLOW) != 0) {
        *status = status_of(errno);
        return errno != ENOENT && errno != EXDEV; /* no /proc here, or not as we need it */
    }
    *status = sync_folder(folder);
    if (FAILED(*status)) {
        (void)unlinkat(folder, name, 0);
    }
    return true;
}

SECURITY_STATUS vit_folder_add(int folder, const char *name, const void *bytes, size_t len)
{
    SECURITY_STATUS status;
    return add_unnamed(folder, name, bytes, len, &status) ? status
                                                          : add_named(folder, name, bytes, len);
}

SECURITY_STATUS vit_folder_lock(int folder, const char *name, int *file)
{
    for (;;) { /* each turn another process has changed the file */
        VIT_AUTO(fd) fd = -1;
        SECURITY_STATUS status = open_file(folder, name, O_RDWR, &fd);
        if (FAILED(status)) {
            return status;
        }
        if (lock_file(fd, LOCK_EX) != 0) {
            return status_of(errno);
        }
        if (is_named(folder, name, fd)) {
            *file = fd;
            fd = -1; /* ownership moved to the caller */
            return ERROR_SUCCESS;
        }
    }
}

/* Both names are ours: one is locked, the other nobody knows. A failure is undone by the same. */
static SECURITY_STATUS exchange(int folder, const char *temporary, const char *name)
{
    SECURITY_STATUS status = sync_folder(folder);
    if (FAILED(status)) {
        (void)renameat2(folder, temporary, folder, name, RENAME_EXCHANGE);
    }
    (void)unlinkat(folder, temporary, 0);
    return status;
}

SECURITY_STATUS vit_folder_replace(int folder, const char *name, const void *bytes, size_t len)
{
    struct temporary_name temporary;
    VIT_AUTO(fd) fd = -1;
    SECURITY_STATUS status = write_temporary(folder, bytes, len, &temporary, &fd);
    if (FAILED(status)) {
        return status;
    }
    if (renameat2(folder, temporary.text, folder, name, RENAME_EXCHANGE) == 0) {
        return exchange(folder, temporary.text, name);
    }
    bool lacks_exchange = errno == EINVAL || errno == ENOSYS;
    if (lacks_exchange && renameat(folder, temporary.text, folder, name) == 0) {
        return sync_folder(folder);
    }
    status = status_of(errno);
    (void)unlinkat(folder, temporary.text, 0);
    return status;
}

/* Under another name first, so that a failure can be undone. */
SECURITY_STATUS vit_folder_remove(int folder, const char *name)
{
    struct temporary_name temporary;
    SECURITY_STATUS status = name_temporary(&temporary);
    if (FAILED(status)) {
        return status;
    }
    if (renameat(folder, name, folder, temporary.text) != 0) {
        return status_of(errno);
    }
    status = sync_folder(folder);
    if (FAILED(status)) {
        (void)renameat2(folder, temporary.text, folder, name, RENAME_NOREPLACE);
        return status;
    }
    (void)unlinkat(folder, temporary.text, 0);
    return ERROR_SUCCESS;
}

static void sweep(int folder, const char *name)
{
    VIT_AUTO(fd) fd = -1;
    if (SUCCEEDED(open_file(folder, name, O_RDWR, &fd)) && lock_file(fd, LOCK_EX | LOCK_NB) == 0 &&
            is_named(folder, name, fd)) {
        (void)unlinkat(folder, name, 0);
    }
}

static SECURITY_STATUS visit_entry(int folder, const char *name,
        SECURITY_STATUS (*visit)(void *context, const char *name), void *context)
{
    if (strncmp(name, temporary_prefix, sizeof(temporary_prefix) - 1) == 0) {
        sweep(folder, name);
        return ERROR_SUCCESS;
    }
    return visit(context, name);
}

/* A stream of its own: its place in the folder belongs to nobody else. */
static DIR *open_stream(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (stream == NULL && fd >= 0) {
        close(fd);
    }
    return stream;
}

SECURITY_STATUS vit_folder_list(int folder,
        SECURITY_STATUS (*visit)(void *context, const char *name), void *context)
{
    VIT_AUTO(folder_stream) stream = open_stream(folder);
    if (stream == NULL) {
        return status_of(errno);
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL) {
            return errno == 0 ? ERROR_SUCCESS : status_of(errno);
        }
        SECURITY_STATUS status = visit_entry(folder, entry->d_name, visit, context);
        if (FAILED(status)) {
            return status;
        }
    }
}
