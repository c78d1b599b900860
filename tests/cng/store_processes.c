/* SPDX-License-Identifier: MIT */
/*
 * Several processes with one store, and some of them killed at any moment. No key that was finished is
 * lost, none is there in part, and none that was removed comes back.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cng/wide.h"
#include "tests/cng/store.h"

#define BACKEND (&vit_soft_backend)
enum { PROCESSES = 6, KILLS = 200, KEYS = 4, ROUNDS = 25 };

/* "a0", "a1", ... */
struct name {
    WCHAR text[4];
};

static struct name name_of(char letter, unsigned number)
{
    return (struct name){ { (WCHAR)letter, (WCHAR)(u'0' + number), 0, 0 } };
}

static void expect_child(pid_t child)
{
    int result = -1;
    store_check(waitpid(child, &result, 0) == child);
    store_check(WIFEXITED(result) && WEXITSTATUS(result) == 0);
}

/* Starts processes at the same moment and waits for all of them. */
static void run_at_once(unsigned count, void (*work)(unsigned number))
{
    int gate[2];
    pid_t children[PROCESSES];
    store_check(count <= PROCESSES && pipe(gate) == 0);
    for (unsigned i = 0; i < count; i++) {
        children[i] = fork();
        store_check(children[i] >= 0);
        if (children[i] == 0) {
            char nothing;
            close(gate[1]);
            store_check(read(gate[0], &nothing, 1) == 0); /* until it is opened for all */
            close(gate[0]);
            work(i);
            _exit(0);
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (unsigned i = 0; i < count; i++) {
        expect_child(children[i]);
    }
}

static void expect_files(unsigned keys)
{
    store_check(store_count_files("user") == 1 + keys);
}

/* All make the store, each with a key of its own. */

static void make_own(unsigned number)
{
    struct vit_ksp_store *store = store_open();
    store_release(store_make(store, name_of('o', number).text));
    store_close(store);
}

static void race_to_make_the_store(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        store_begin();
        run_at_once(PROCESSES, make_own);
        struct vit_ksp_store *store = store_open();
        for (unsigned i = 0; i < PROCESSES; i++) {
            store_success(store_try_find(store, name_of('o', i).text));
        }
        store_close(store);
        expect_files(PROCESSES);
        store_end();
    }
}

/* All want one name: one gets it. */

static int winners[2];

static void make_same(unsigned number)
{
    (void)number;
    struct vit_ksp_store *store = store_open();
    SECURITY_STATUS status = store_try_make(store, u"same", false);
    store_check(SUCCEEDED(status) || status == NTE_EXISTS);
    if (SUCCEEDED(status)) {
        store_check(write(winners[1], "!", 1) == 1);
    }
    store_success(store_try_find(store, u"same"));
    store_close(store);
}

static void race_for_a_name(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        char won[PROCESSES];
        store_begin();
        store_check(pipe(winners) == 0);
        run_at_once(PROCESSES, make_same);
        store_check(read(winners[0], won, sizeof(won)) == 1);
        close(winners[0]);
        close(winners[1]);
        expect_files(1);
        store_end();
    }
}

/* All replace one key, while one looks: it is always there, and whole. */

static void replace_or_look(unsigned number)
{
    struct vit_ksp_store *store = store_open();
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (number == 0) {
            store_success(store_try_find(store, u"same"));
        } else {
            store_success(store_try_make(store, u"same", true));
        }
    }
    store_close(store);
}

static void race_to_replace(void)
{
    store_begin();
    struct vit_ksp_store *store = store_open();
    store_release(store_make(store, u"same"));
    run_at_once(PROCESSES, replace_or_look);
    store_success(store_try_find(store, u"same"));
    store_close(store);
    expect_files(1);
    store_end();
}

/* One removes a key that others go on changing: it stays removed. */

static void change_until_gone(struct vit_ksp_store *store, struct vit_ksp_material *material)
{
    SECURITY_STATUS status;
    const struct vit_ksp_attributes attributes = store_attributes(u"same");
    do {
        status = BACKEND->update(store, material, &attributes, &store_silent);
    } while (SUCCEEDED(status));
    store_check(status == NTE_BAD_KEYSET);
}

static void remove_or_change(unsigned number)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = NULL;
    SECURITY_STATUS status =
            BACKEND->find(store, u"same", false, &store_silent, &attributes, &material);
    store_check(SUCCEEDED(status) || (number != 0 && status == NTE_BAD_KEYSET));
    if (number == 0) {
        store_success(BACKEND->remove(store, material, &store_silent));
    } else if (SUCCEEDED(status)) {
        change_until_gone(store, material);
    }
    store_release(material);
    store_close(store);
}

static void race_to_remove(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        store_begin();
        struct vit_ksp_store *store = store_open();
        store_release(store_make(store, u"same"));
        run_at_once(PROCESSES, remove_or_change);
        store_status(store_try_find(store, u"same"), NTE_BAD_KEYSET);
        store_close(store);
        expect_files(0);
        store_end();
    }
}

/* One tells the keys while others come and go: those that stay are told each time. */

static unsigned tell_stable(struct vit_ksp_store *store)
{
    struct vit_ksp_cursor *cursor = NULL;
    unsigned seen = 0;
    for (;;) {
        VIT_AUTO(ksp_attributes) attributes = { 0 };
        SECURITY_STATUS status = BACKEND->next(store, false, &store_silent, &cursor, &attributes);
        if (status == NTE_NO_MORE_ITEMS) {
            BACKEND->close_cursor(cursor);
            return seen;
        }
        store_success(status);
        if (attributes.name[0] == u's') {
            seen |= 1U << (attributes.name[1] - u'0');
        }
    }
}

static void tell_or_write(unsigned number)
{
    struct vit_ksp_store *store = store_open();
    for (unsigned round = 0; round < ROUNDS; round++) {
        const struct name name = name_of('t', number);
        if (number == 0) {
            store_check(tell_stable(store) == (1U << KEYS) - 1);
            continue;
        }
        struct vit_ksp_material *material = store_make(store, name.text);
        store_success(store_try_make(store, name_of('s', number % KEYS).text, true));
        store_success(BACKEND->remove(store, material, &store_silent));
        store_release(material);
    }
    store_close(store);
}

static void tell_while_others_write(void)
{
    store_begin();
    struct vit_ksp_store *store = store_open();
    for (unsigned i = 0; i < KEYS; i++) {
        store_release(store_make(store, name_of('s', i).text));
    }
    store_close(store);
    run_at_once(PROCESSES, tell_or_write);
    expect_files(KEYS);
    store_end();
}

/* A writer that is killed: what it has said to be done, is; of what it was at, it may be either. */

enum content { ABSENT, PLAIN, UPDATED };

struct report {
    uint8_t key;
    uint8_t content; /* what it is to become */
    uint8_t done;
};

static void tell_parent(int out, unsigned key, enum content content, bool done)
{
    const struct report report = { (uint8_t)key, (uint8_t)content, done };
    store_check(write(out, &report, sizeof(report)) == sizeof(report));
}

static enum content content_of(struct vit_ksp_store *store, LPCWSTR name)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_material *material = NULL;
    SECURITY_STATUS status =
            BACKEND->find(store, name, false, &store_silent, &attributes, &material);
    store_release(material);
    if (status == NTE_BAD_KEYSET) {
        return ABSENT;
    }
    store_success(status);
    store_check(vit_wide_equal(attributes.name, name));
    return attributes.usage == NCRYPT_ALLOW_ALL_USAGES ? PLAIN : UPDATED;
}

static void change(struct vit_ksp_store *store, LPCWSTR name, bool removes)
{
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_material *material = NULL;
    store_success(BACKEND->find(store, name, false, &store_silent, &attributes, &material));
    attributes.usage = NCRYPT_ALLOW_KEY_AGREEMENT_FLAG;
    store_success(removes ? BACKEND->remove(store, material, &store_silent)
                          : BACKEND->update(store, material, &attributes, &store_silent));
    store_release(material);
}

/* Made, replaced, changed, removed, and so on until the process is killed. */
static _Noreturn void write_until_killed(char letter, int out)
{
    for (unsigned turn = 0;; turn++) {
        struct vit_ksp_store *store = store_open();
        unsigned key = turn % KEYS;
        const struct name name = name_of(letter, key);
        enum content present = content_of(store, name.text);
        unsigned what = turn / KEYS % 4;
        enum content next = what == 3 ? ABSENT : what == 2 ? UPDATED : PLAIN;
        if (present == ABSENT && what >= 2) {
            store_close(store);
            continue;
        }
        tell_parent(out, key, next, false);
        if (what >= 2) {
            change(store, name.text, what == 3);
        } else {
            store_success(store_try_make(store, name.text, true));
        }
        tell_parent(out, key, next, true);
        store_close(store);
    }
}

struct writer {
    char letter;
    pid_t process;
    int in;
    enum content content[KEYS]; /* as far as was reported */
    bool unsure;                /* it was at this: */
    struct report at;
};

static void start(struct writer *writer)
{
    int ends[2];
    store_check(pipe(ends) == 0);
    writer->process = fork();
    store_check(writer->process >= 0);
    if (writer->process == 0) {
        close(ends[0]);
        write_until_killed(writer->letter, ends[1]);
    }
    close(ends[1]);
    writer->in = ends[0];
    writer->unsure = false;
}

/* False: nothing more will come. */
static bool take_report(struct writer *writer)
{
    struct report report;
    ssize_t len = read(writer->in, &report, sizeof(report));
    if (len == 0) {
        return false;
    }
    store_check(len == sizeof(report));
    writer->at = report;
    writer->unsure = !report.done;
    if (report.done) {
        writer->content[report.key] = (enum content)report.content;
    }
    return true;
}

static void check(struct vit_ksp_store *store, struct writer *writer)
{
    for (unsigned key = 0; key < KEYS; key++) {
        enum content found = content_of(store, name_of(writer->letter, key).text);
        bool unsure = writer->unsure && writer->at.key == key;
        store_check(found == writer->content[key] ||
                (unsure && found == (enum content)writer->at.content));
        writer->content[key] = found;
    }
}

static void end(struct writer *writer)
{
    int result = 0;
    store_check(kill(writer->process, SIGKILL) == 0);
    store_check(waitpid(writer->process, &result, 0) == writer->process);
    store_check(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL);
    while (take_report(writer)) {
    }
    close(writer->in);
}

static unsigned present_keys(const struct writer *writer)
{
    unsigned count = 0;
    for (unsigned key = 0; key < KEYS; key++) {
        count += writer->content[key] != ABSENT;
    }
    return count;
}

/* Takes away what dead writers left. */
static void tell_all(struct vit_ksp_store *store)
{
    (void)tell_stable(store);
}

/* When the one is killed the other may be anywhere; after that it is killed too. */
static void kill_two(struct writer writers[2], unsigned reports, unsigned spins)
{
    for (unsigned i = 0; i < 2; i++) {
        start(&writers[i]);
    }
    for (unsigned i = 0; i < reports; i++) {
        store_check(take_report(&writers[0]));
    }
    for (volatile unsigned i = 0; i < spins; i++) {
    }
    end(&writers[0]);
    end(&writers[1]);
    struct vit_ksp_store *store = store_open();
    check(store, &writers[0]);
    check(store, &writers[1]);
    tell_all(store);
    store_close(store);
    if (access(store_path("user/store"), F_OK) == 0) {
        expect_files(present_keys(&writers[0]) + present_keys(&writers[1]));
    }
}

static void kill_writers(void)
{
    unsigned kills = 0;
    uint32_t random = 12345; /* which moment it is depends on the machine all the same */
    while (kills < KILLS) {
        struct writer writers[2] = { { .letter = 'k' }, { .letter = 'l' } };
        store_begin();
        for (unsigned i = 0; i < 10 && kills < KILLS; i++, kills += 2) {
            random = random * 1664525 + 1013904223;
            kill_two(writers, random >> 16 & 15, random >> 8 & 0xffff);
        }
        store_end();
    }
    printf("%u writers killed\n", kills);
}

int main(void)
{
    race_to_make_the_store();
    race_for_a_name();
    race_to_replace();
    race_to_remove();
    tell_while_others_write();
    kill_writers();
    return 0;
}
