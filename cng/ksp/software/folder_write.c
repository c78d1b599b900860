/* SPDX-License-Identifier: MIT */
/* Files that come, change and go as a whole. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cng/ksp/software/folder_impl.h"
#include "crypto/random.h"

enum { FILE_MODE = 0600, TRIES = 8, NAME_RANDOM_LEN = 16 };

static const char temporary_prefix[] = ".new-";

struct temporary_name {
    char text[sizeof(temporary_prefix) + 2 * NAME_RANDOM_LEN];
};

VIT_DEFINE_AUTO(folder_stream, DIR *, closedir)

static SECURITY_STATUS write_all(int fd, const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t done = write(fd, bytes + at, len - at);
        if (done < 0 && errno != EINTR) {
            return vit_folder_status(errno);
        }
        at += done > 0 ? (size_t)done : 0;
    }
    return fsync(fd) == 0 ? ERROR_SUCCESS : vit_folder_status(errno);
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
    return *fd >= 0 ? ERROR_SUCCESS : vit_folder_status(errno);
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
    return fsync(folder) == 0 ? ERROR_SUCCESS : vit_folder_status(errno);
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
    status = done ? sync_folder(folder) : vit_folder_status(errno);
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
        *status = vit_folder_status(errno);
        return errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL;
    }
    *status = lock_file(fd, LOCK_EX | LOCK_NB) == 0 ? write_all(fd, bytes, len)
                                                    : vit_folder_status(errno);
    if (FAILED(*status)) {
        return true;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, path, folder, name, AT_SYMLINK_FOLLOW) != 0) {
        *status = vit_folder_status(errno);
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
        SECURITY_STATUS status = vit_folder_open_file(folder, name, O_RDWR, &fd);
        if (FAILED(status)) {
            return status;
        }
        if (lock_file(fd, LOCK_EX) != 0) {
            return vit_folder_status(errno);
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
    status = vit_folder_status(errno);
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
        return vit_folder_status(errno);
    }
    status = sync_folder(folder);
    if (FAILED(status)) {
        (void)renameat2(folder, temporary.text, folder, name, RENAME_NOREPLACE);
        return status;
    }
    (void)unlinkat(folder, temporary.text, 0);
    return ERROR_SUCCESS;
}

static void sweep_file(int folder, const char *name)
{
    VIT_AUTO(fd) fd = -1;
    if (SUCCEEDED(vit_folder_open_file(folder, name, O_RDWR, &fd)) &&
            lock_file(fd, LOCK_EX | LOCK_NB) == 0 && is_named(folder, name, fd)) {
        (void)unlinkat(folder, name, 0);
    }
}

static SECURITY_STATUS visit_entry(int folder, const char *name,
        SECURITY_STATUS (*visit)(void *context, const char *name), void *context)
{
    if (strncmp(name, temporary_prefix, sizeof(temporary_prefix) - 1) == 0) {
        sweep_file(folder, name);
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
        return vit_folder_status(errno);
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL) {
            return errno == 0 ? ERROR_SUCCESS : vit_folder_status(errno);
        }
        SECURITY_STATUS status = visit_entry(folder, entry->d_name, visit, context);
        if (FAILED(status)) {
            return status;
        }
    }
}

static SECURITY_STATUS visit_nothing(void *context, const char *name)
{
    (void)context;
    (void)name;
    return ERROR_SUCCESS;
}

void vit_folder_sweep(int folder)
{
    (void)vit_folder_list(folder, visit_nothing, NULL); /* what stays is taken the next time */
}
