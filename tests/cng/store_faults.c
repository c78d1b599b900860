/* SPDX-License-Identifier: MIT */
/*
 * Each system call that changes or reads a store fails once, and the process is killed before and after
 * each of them once. Only these calls change what is kept, so a death at any instruction is like one
 * at the nearest of them. Afterwards every key is there whole, as it was or as it was to become; a
 * call that failed has changed nothing. The same without O_TMPFILE, without /proc, and without
 * renameat2. And so that nothing is lost with the power either, a file is synchronised before it gets
 * its name, and its folder before a call succeeds.
 *
 * The linker puts what __wrap_X is here in the place of X.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cng/store.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define BACKEND (&vit_soft_backend)
enum { MAX_CALLS = 200 };

enum fault { FAULT_NONE, FAULT_FAIL, FAULT_KILL_BEFORE, FAULT_KILL_AFTER, FAULT_COUNT };

/* What the system lacks. */
enum lack {
    LACK_NOTHING,
    LACK_TMPFILE,
    LACK_PROC,
    LACK_RENAMEAT2, /* and O_TMPFILE */
    LACK_COUNT
};

static struct {
    enum fault fault;
    enum lack lack;
    unsigned left; /* calls until then */
    bool fired;
} armed;

/* True: this call is to fail. */
static bool step(bool after)
{
    if (!after && armed.left > 0) {
        armed.left--;
    }
    if (armed.left > 0 || armed.fired || armed.fault == FAULT_NONE) {
        return false;
    }
    if (armed.fault == FAULT_KILL_BEFORE || (armed.fault == FAULT_KILL_AFTER && after)) {
        (void)kill(getpid(), SIGKILL);
    }
    armed.fired = armed.fault == FAULT_FAIL;
    return armed.fired;
}

/* Files and folders with changes that are not synchronised. */
static struct {
    bool watched;
    ino_t inodes[8];
    unsigned count;
} unsynced;

static ino_t inode_of(int fd)
{
    struct stat info;
    store_check(fstat(fd, &info) == 0);
    return info.st_ino;
}

static void note_synced(int fd)
{
    ino_t inode = inode_of(fd);
    for (unsigned i = 0; i < unsynced.count;) {
        if (unsynced.inodes[i] == inode) {
            unsynced.inodes[i] = unsynced.inodes[--unsynced.count];
        } else {
            i++;
        }
    }
}

static void note_change(int fd)
{
    if (!unsynced.watched) {
        return;
    }
    note_synced(fd); /* stands there once */
    store_check(unsynced.count < 8);
    unsynced.inodes[unsynced.count++] = inode_of(fd);
}

/* Names are given to what is whole for ever. */
static void note_name(int folder, bool done)
{
    if (done && unsynced.watched) {
        store_check(unsynced.count == 0);
        note_change(folder);
    }
}

#define WRAP(type, name, parameters, arguments)                                                    \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (step(false)) {                                                                         \
            errno = armed.lack % 2 == 0 ? EIO : ENOSPC;                                            \
            return -1;                                                                             \
        }                                                                                          \
        type result = __real_##name arguments;                                                     \
        int error = errno;                                                                         \
        if (result >= 0) {                                                                         \
            note_##name arguments;                                                                 \
        }                                                                                          \
        (void)step(true);                                                                          \
        errno = error;                                                                             \
        return result;                                                                             \
    }

static void note_write(int fd, const void *bytes, size_t len)
{
    (void)bytes;
    (void)len;
    note_change(fd);
}

static void note_pread64(int fd, void *bytes, size_t len, off_t at)
{
    (void)fd;
    (void)bytes;
    (void)len;
    (void)at;
}

static void note_fsync(int fd)
{
    note_synced(fd);
}

static void note_flock(int fd, int how)
{
    (void)fd;
    (void)how;
}

static void note_mkdirat(int folder, const char *path, mode_t mode)
{
    char parent[4096];
    (void)folder;
    (void)mode;
    snprintf(parent, sizeof(parent), "%s/..", path);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    store_check(fd >= 0);
    note_change(fd);
    close(fd);
}

static void note_unlinkat(int folder, const char *name, int flags)
{
    (void)folder;
    (void)flags;
    /* Of a temporary file: it does no harm if it is there again. */
    store_check(strncmp(name, ".new-", 5) == 0 || !unsynced.watched);
}

static void note_renameat(int from, const char *name, int to, const char *new_name)
{
    (void)from;
    (void)name;
    (void)new_name;
    note_name(to, true);
}

WRAP(ssize_t, write, (int fd, const void *bytes, size_t len), (fd, bytes, len))
WRAP(ssize_t, pread64, (int fd, void *bytes, size_t len, off_t at), (fd, bytes, len, at))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, flock, (int fd, int how), (fd, how))
/* Not mkdir(), which the sanitizers themselves call. */
WRAP(int, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode))
WRAP(int, unlinkat, (int folder, const char *name, int flags), (folder, name, flags))
WRAP(int, renameat, (int from, const char *name, int to, const char *new_name),
        (from, name, to, new_name))

int __real_linkat(int from, const char *name, int to, const char *new_name, int flags);
int __wrap_linkat(int from, const char *name, int to, const char *new_name, int flags);
int __wrap_linkat(int from, const char *name, int to, const char *new_name, int flags)
{
    if (step(false)) {
        errno = ENOSPC;
        return -1;
    }
    if (armed.lack == LACK_PROC && strncmp(name, "/proc/", 6) == 0) {
        errno = ENOENT;
        return -1;
    }
    int result = __real_linkat(from, name, to, new_name, flags), error = errno;
    note_name(to, result == 0);
    (void)step(true);
    errno = error;
    return result;
}

int __real_renameat2(int from, const char *name, int to, const char *new_name, unsigned flags);
int __wrap_renameat2(int from, const char *name, int to, const char *new_name, unsigned flags);
int __wrap_renameat2(int from, const char *name, int to, const char *new_name, unsigned flags)
{
    if (step(false)) {
        errno = EIO;
        return -1;
    }
    if (armed.lack == LACK_RENAMEAT2) {
        errno = EINVAL;
        return -1;
    }
    int result = __real_renameat2(from, name, to, new_name, flags), error = errno;
    note_name(to, result == 0);
    (void)step(true);
    errno = error;
    return result;
}

int __real_openat64(int folder, const char *name, int flags, ...);
int __wrap_openat64(int folder, const char *name, int flags, ...);
int __wrap_openat64(int folder, const char *name, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    mode_t mode = makes ? va_arg(list, mode_t) : 0;
    va_end(list);
    if (step(false)) {
        errno = ENOSPC;
        return -1;
    }
    bool lacks_tmpfile = armed.lack == LACK_TMPFILE || armed.lack == LACK_RENAMEAT2;
    if (lacks_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    int result = __real_openat64(folder, name, flags, mode), error = errno;
    (void)step(true);
    errno = error;
    return result;
}

/* Two pairs that are known: what the key in question is, before and after. */

enum { PAIR_LEN = 8 + 3 * 32 };
static uint8_t pairs[2][PAIR_LEN];

enum content { ABSENT, FIRST, SECOND, FIRST_UPDATED };

static void make_pairs(void)
{
    for (unsigned i = 0; i < 2; i++) {
        BCRYPT_KEY_HANDLE key = NULL;
        ULONG len = 0;
        store_check(BCryptGenerateKeyPair(BCRYPT_ECDH_P256_ALG_HANDLE, &key, 256, 0) == 0);
        store_check(BCryptFinalizeKeyPair(key, 0) == 0);
        store_check(BCryptExportKey(key, NULL, BCRYPT_ECCPRIVATE_BLOB, pairs[i], PAIR_LEN, &len,
                            0) == 0);
        store_check(len == PAIR_LEN && BCryptDestroyKey(key) == 0);
    }
}

static SECURITY_STATUS import(struct vit_ksp_store *store, LPCWSTR name, unsigned pair,
        bool overwrite, struct vit_ksp_material **material)
{
    const struct vit_ksp_attributes attributes = store_attributes(name);
    return BACKEND->import(store, &attributes, BCRYPT_ECCPRIVATE_BLOB, pairs[pair], PAIR_LEN,
            overwrite, &store_silent, material);
}

static SECURITY_STATUS import_only(LPCWSTR name, unsigned pair, bool overwrite)
{
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = NULL;
    SECURITY_STATUS status = import(store, name, pair, overwrite, &material);
    store_check(SUCCEEDED(status) == (material != NULL));
    store_release(material);
    store_close(store);
    return status;
}

static enum content content_of(struct vit_ksp_store *store, LPCWSTR name)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_material *material = NULL;
    uint8_t blob[512];
    DWORD len = 0;
    SECURITY_STATUS status =
            BACKEND->find(store, name, false, &store_silent, &attributes, &material);
    if (status == NTE_BAD_KEYSET) {
        return ABSENT;
    }
    store_success(status);
    store_success(BACKEND->private_blob(material, &store_silent, BCRYPT_ECCPRIVATE_BLOB, blob,
            sizeof(blob), &len));
    store_release(material);
    store_check(len == PAIR_LEN);
    if (memcmp(blob, pairs[1], PAIR_LEN) == 0) {
        return SECOND;
    }
    store_check(memcmp(blob, pairs[0], PAIR_LEN) == 0);
    return attributes.usage == NCRYPT_ALLOW_KEY_AGREEMENT_FLAG ? FIRST_UPDATED : FIRST;
}

/* What is done, from which content to which. */

static SECURITY_STATUS add(void)
{
    return import_only(u"key", 0, false);
}

static SECURITY_STATUS overwrite(void)
{
    return import_only(u"key", 1, true);
}

static SECURITY_STATUS change(bool removes)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_material *material = NULL;
    struct vit_ksp_store *store = store_open();
    SECURITY_STATUS status =
            BACKEND->find(store, u"key", false, &store_silent, &attributes, &material);
    if (SUCCEEDED(status)) {
        attributes.usage = NCRYPT_ALLOW_KEY_AGREEMENT_FLAG;
        status = removes ? BACKEND->remove(store, material, &store_silent)
                         : BACKEND->update(store, material, &attributes, &store_silent);
    }
    store_release(material);
    store_close(store);
    return status;
}

static SECURITY_STATUS update(void)
{
    return change(false);
}

static SECURITY_STATUS erase(void)
{
    return change(true);
}

static SECURITY_STATUS tell(void)
{
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_cursor *cursor = NULL;
    SECURITY_STATUS status = ERROR_SUCCESS;
    while (SUCCEEDED(status)) {
        VIT_AUTO(ksp_attributes) attributes = { 0 };
        status = BACKEND->next(store, false, &store_silent, &cursor, &attributes);
    }
    BACKEND->close_cursor(cursor);
    store_close(store);
    return status == NTE_NO_MORE_ITEMS ? ERROR_SUCCESS : status;
}

static const struct scenario {
    const char *name;
    SECURITY_STATUS (*run)(void);
    bool with_store; /* there is one, and another key in it */
    enum content before, after;
} scenarios[] = {
    { "the first key", add, false, ABSENT, FIRST },
    { "a further key", add, true, ABSENT, FIRST },
    { "a key over none", overwrite, true, ABSENT, SECOND },
    { "a key over another", overwrite, true, FIRST, SECOND },
    { "other attributes", update, true, FIRST, FIRST_UPDATED },
    { "no key any more", erase, true, FIRST, ABSENT },
    { "all keys told", tell, true, FIRST, FIRST },
};

static void disarm(void)
{
    armed.fault = FAULT_NONE;
    armed.lack = LACK_NOTHING;
}

static void prepare(const struct scenario *scenario)
{
    store_begin();
    if (scenario->with_store) {
        store_success(import_only(u"other", 0, false));
    }
    if (scenario->before == FIRST) {
        store_success(import_only(u"key", 0, false));
    }
}

static void check(const struct scenario *scenario, bool may_be_before, bool may_be_after)
{
    struct vit_ksp_store *store = store_open();
    enum content found = content_of(store, u"key");
    store_check((may_be_before && found == scenario->before) ||
            (may_be_after && found == scenario->after));
    store_check(content_of(store, u"other") == (scenario->with_store ? FIRST : ABSENT));
    store_close(store);
    store_success(tell());
    if (access(store_path("user/store"), F_OK) == 0) {
        unsigned keys = scenario->with_store + (found != ABSENT);
        store_check(store_count_files("user") == 1 + keys); /* nothing is left lying about */
    }
    /* And it goes on: the name can be given anew. */
    store_success(import_only(u"key", 1, true));
    store = store_open();
    store_check(content_of(store, u"key") == SECOND);
    store_close(store);
}

/* False: fewer calls than that are made. */
static bool run_failing(const struct scenario *scenario, enum lack lack, unsigned call)
{
    prepare(scenario);
    armed.fired = false;
    armed.left = call;
    armed.lack = lack;
    armed.fault = FAULT_FAIL;
    SECURITY_STATUS status = scenario->run();
    bool fired = armed.fired;
    disarm();
    store_check(fired || SUCCEEDED(status));
    store_check(SUCCEEDED(status) || status == NTE_SYS_ERR || status == NTE_NO_KEY);
    /* A plain rename cannot be taken back when the folder is not synchronised. */
    bool may_be_after = SUCCEEDED(status) || lack == LACK_RENAMEAT2;
    check(scenario, FAILED(status), may_be_after);
    store_end();
    return fired;
}

static bool run_killed(const struct scenario *scenario, enum lack lack, enum fault fault,
        unsigned call)
{
    int result = 0;
    prepare(scenario);
    pid_t child = fork();
    store_check(child >= 0);
    if (child == 0) {
        armed.left = call;
        armed.lack = lack;
        armed.fault = fault;
        _exit(SUCCEEDED(scenario->run()) ? 0 : 1);
    }
    store_check(waitpid(child, &result, 0) == child);
    bool killed = WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL;
    store_check(killed || (WIFEXITED(result) && WEXITSTATUS(result) == 0));
    check(scenario, killed, true);
    store_end();
    return killed;
}

/* Nothing fails. */
static void run_synced(const struct scenario *scenario, enum lack lack)
{
    prepare(scenario);
    unsynced.watched = true;
    armed.lack = lack;
    store_success(scenario->run());
    store_check(unsynced.count == 0);
    unsynced.watched = false;
    disarm();
    check(scenario, false, true);
    store_end();
}

static unsigned run_all(const struct scenario *scenario, enum lack lack, enum fault fault)
{
    unsigned call = 1;
    while (fault == FAULT_FAIL ? run_failing(scenario, lack, call)
                               : run_killed(scenario, lack, fault, call)) {
        call++;
        store_check(call < MAX_CALLS);
    }
    return call - 1;
}

int main(void)
{
    static const char *const lacks[] = { "", ", without O_TMPFILE", ", without /proc",
        ", without renameat2" };
    make_pairs();
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        for (int lack = LACK_NOTHING; lack < LACK_COUNT; lack++) {
            run_synced(&scenarios[i], (enum lack)lack);
            unsigned failed = run_all(&scenarios[i], (enum lack)lack, FAULT_FAIL);
            unsigned before = run_all(&scenarios[i], (enum lack)lack, FAULT_KILL_BEFORE);
            unsigned after = run_all(&scenarios[i], (enum lack)lack, FAULT_KILL_AFTER);
            printf("%s%s: %u calls failed, %u kills before and %u after one\n", scenarios[i].name,
                    lacks[lack], failed, before, after);
            (void)fflush(stdout);
            store_check(failed >= 4 && before >= 4 && after >= 4);
        }
    }
    return 0;
}
