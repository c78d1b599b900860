/* SPDX-License-Identifier: MIT */
/* Files of a store: who may read them, what they show, and what becomes of those that were changed. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cng/store.h"

#define BACKEND (&vit_soft_backend)
enum { FILE_MAX_LEN = 4096 };

TestSuite(store_files, .init = store_begin, .fini = store_end, .timeout = 120);

static mode_t mode_of(const char *path)
{
    struct stat info;
    cr_assert_eq(lstat(path, &info), 0, "%s", path);
    return info.st_mode & 07777;
}

static void make_name(void)
{
    struct vit_ksp_store *store = store_open();
    store_release(store_make(store, u"name"));
    store_close(store);
}

/* A provider that has opened nothing yet finds the key, or not. */
static SECURITY_STATUS find_fresh(LPCWSTR name)
{
    struct vit_ksp_store *store = store_open();
    SECURITY_STATUS status = store_try_find(store, name);
    store_close(store);
    return status;
}

Test(store_files, are_for_their_owner_only)
{
    char path[4096];
    umask(0);
    make_name();
    store_only_file("user", path);
    cr_assert_eq(mode_of(store_path("user")), 0700);
    cr_assert_eq(mode_of(store_path("user/store")), 0600);
    cr_assert_eq(mode_of(store_path("user.key")), 0600);
    cr_assert_eq(mode_of(path), 0600);
    cr_assert_eq(store_count_files("user"), 2);
    struct vit_ksp_store *store = store_open();
    store_success(store_try_make(store, u"name", true));
    store_only_file("user", path);
    cr_assert_eq(mode_of(path), 0600);
    store_close(store);
}

static bool contains(const uint8_t *bytes, size_t len, const void *wanted, size_t wanted_len)
{
    return memmem(bytes, len, wanted, wanted_len) != NULL;
}

Test(store_files, show_neither_names_nor_keys)
{
    char path[4096];
    uint8_t file[FILE_MAX_LEN], blob[512];
    DWORD len = 0;
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = store_make(store, u"a secret name");
    store_success(BACKEND->private_blob(material, &store_silent, BCRYPT_ECCPRIVATE_BLOB, blob,
            sizeof(blob), &len));
    store_only_file("user", path);
    size_t file_len = store_read(path, file, sizeof(file));
    cr_assert_gt(file_len, len);
    cr_assert_not(contains(file, file_len, u"secret", 12));
    cr_assert_not(contains(file, file_len, "secret", 6));
    cr_assert_not(contains(file, file_len, blob + 8, 16), "X");
    cr_assert_not(contains(file, file_len, blob + 8 + 64, 16), "d");
    store_release(material);
    store_close(store);
}

Test(store_files, of_the_same_key_differ_each_time)
{
    char path[4096];
    uint8_t one[FILE_MAX_LEN], other[FILE_MAX_LEN];
    struct vit_ksp_store *store = store_open();
    struct vit_ksp_material *material = store_make(store, u"name");
    const struct vit_ksp_attributes attributes = store_attributes(u"name");
    store_only_file("user", path);
    size_t len = store_read(path, one, sizeof(one));
    store_success(BACKEND->update(store, material, &attributes, &store_silent));
    cr_assert_eq(store_read(path, other, sizeof(other)), len);
    cr_assert_neq(memcmp(one + 8, other + 8, 28), 0, "salt and nonce");
    cr_assert_neq(memcmp(one + 36, other + 36, 16), 0);
    store_release(material);
    store_close(store);
}

Test(store_files, have_other_names_in_another_store)
{
    char path[4096], other[4096];
    make_name();
    store_only_file("user", path);
    cr_assert_eq(setenv("VITRINE_KEY_STORE", store_path("other"), 1), 0);
    make_name();
    store_only_file("other", other);
    cr_assert_str_neq(strrchr(path, '/'), strrchr(other, '/'));
}

Test(store_files, that_are_cut_off_are_refused)
{
    char path[4096];
    uint8_t file[FILE_MAX_LEN];
    make_name();
    store_only_file("user", path);
    size_t len = store_read(path, file, sizeof(file));
    struct vit_ksp_store *store = store_open();
    for (size_t cut = 0; cut < len; cut++) {
        store_write(path, file, cut);
        store_status(store_try_find(store, u"name"), NTE_BAD_DATA);
    }
    store_write(path, file, len);
    store_success(store_try_find(store, u"name"));
    store_close(store);
}

Test(store_files, in_which_a_bit_was_changed_are_refused)
{
    char path[4096];
    uint8_t file[FILE_MAX_LEN];
    make_name();
    store_only_file("user", path);
    size_t len = store_read(path, file, sizeof(file));
    struct vit_ksp_store *store = store_open();
    for (size_t i = 0; i < len; i++) {
        file[i] ^= (uint8_t)(1 << i % 8);
        store_write(path, file, len);
        store_status(store_try_find(store, u"name"), NTE_BAD_DATA);
        file[i] ^= (uint8_t)(1 << i % 8);
    }
    store_close(store);
}

Test(store_files, cannot_take_the_place_of_others)
{
    char path[4096];
    uint8_t file[FILE_MAX_LEN];
    struct vit_ksp_store *store = store_open();
    store_release(store_make(store, u"one"));
    store_only_file("user", path);
    size_t len = store_read(path, file, sizeof(file));
    cr_assert_eq(unlink(path), 0);
    store_release(store_make(store, u"other"));
    store_only_file("user", path);
    store_write(path, file, len);
    store_status(store_try_find(store, u"other"), NTE_BAD_DATA);
    store_close(store);
}

Test(store_files, that_are_huge_are_not_read)
{
    char path[4096];
    make_name();
    store_only_file("user", path);
    cr_assert_eq(truncate(path, (off_t)1 << 40), 0);
    store_status(find_fresh(u"name"), NTE_BAD_DATA);
}

Test(store_files, that_others_may_read_are_refused)
{
    char path[4096];
    make_name();
    store_only_file("user", path);
    for (mode_t bit = 1; bit <= 040; bit <<= 1) {
        cr_assert_eq(chmod(path, 0600 | bit), 0);
        store_status(find_fresh(u"name"), NTE_PERM);
    }
    cr_assert_eq(chmod(path, 0600), 0);
    store_success(find_fresh(u"name"));
}

Test(store_files, that_are_links_are_not_followed)
{
    char path[4096];
    make_name();
    store_only_file("user", path);
    cr_assert_eq(rename(path, store_path("elsewhere")), 0);
    cr_assert_eq(symlink(store_path("elsewhere"), path), 0);
    store_status(find_fresh(u"name"), NTE_PERM);
}

Test(store_files, that_are_pipes_hold_nobody_up)
{
    char path[4096];
    make_name();
    store_only_file("user", path);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
    store_status(find_fresh(u"name"), NTE_PERM);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkdir(path, 0700), 0);
    store_status(find_fresh(u"name"), NTE_PERM);
}

Test(store_files, of_another_owner_are_refused)
{
    char path[4096];
    if (geteuid() != 0) {
        cr_skip_test("only root can give files away");
    }
    make_name();
    store_only_file("user", path);
    cr_assert_eq(chown(path, 65534, 65534), 0);
    store_status(find_fresh(u"name"), NTE_PERM);
    cr_assert_eq(chown(path, 0, 0), 0);
    cr_assert_eq(chown(store_path("user"), 65534, 65534), 0);
    store_status(find_fresh(u"name"), NTE_PERM);
    cr_assert_eq(chown(store_path("user"), 0, 0), 0);
    store_success(find_fresh(u"name"));
}

Test(store_files, in_a_folder_that_others_may_read_are_refused)
{
    make_name();
    for (mode_t bit = 1; bit <= 040; bit <<= 1) {
        cr_assert_eq(chmod(store_path("user"), 0700 | bit), 0);
        store_status(find_fresh(u"name"), NTE_PERM);
        struct vit_ksp_store *store = store_open();
        store_status(store_try_make(store, u"new", false), NTE_PERM);
        store_close(store);
    }
}

Test(store_files, in_a_folder_that_is_a_link_are_refused)
{
    make_name();
    cr_assert_eq(rename(store_path("user"), store_path("elsewhere")), 0);
    cr_assert_eq(symlink(store_path("elsewhere"), store_path("user")), 0);
    store_status(find_fresh(u"name"), NTE_PERM);
    cr_assert_eq(unlink(store_path("user")), 0);
    cr_assert_eq(symlink(store_path("nowhere"), store_path("user")), 0);
    struct vit_ksp_store *store = store_open();
    store_status(store_try_make(store, u"new", false), NTE_PERM);
    store_close(store);
}

Test(store_files, of_a_store_need_its_key_file)
{
    uint8_t key[64];
    make_name();
    size_t len = store_read(store_path("user.key"), key, sizeof(key));
    cr_assert_eq(len, 32);
    cr_assert_eq(rename(store_path("user.key"), store_path("kept")), 0);
    store_status(find_fresh(u"name"), NTE_NO_KEY);
    /* A missing one is made for new stores only. */
    struct vit_ksp_store *store = store_open();
    store_status(store_try_make(store, u"new", false), NTE_NO_KEY);
    store_close(store);
    cr_assert_neq(access(store_path("user.key"), F_OK), 0);

    cr_assert_eq(rename(store_path("kept"), store_path("user.key")), 0);
    key[31] ^= 1;
    store_write(store_path("user.key"), key, len);
    store_status(find_fresh(u"name"), NTE_BAD_KEY);
    store_write(store_path("user.key"), key, len - 1);
    store_status(find_fresh(u"name"), NTE_BAD_DATA);
    key[31] ^= 1;
    store_write(store_path("user.key"), key, len);
    store_success(find_fresh(u"name"));
    cr_assert_eq(chmod(store_path("user.key"), 0640), 0);
    store_status(find_fresh(u"name"), NTE_PERM);
}

Test(store_files, of_two_stores_may_have_one_key_file)
{
    make_name();
    cr_assert_eq(setenv("VITRINE_KEY_STORE_KEY", store_path("user.key"), 1), 0);
    cr_assert_eq(setenv("VITRINE_KEY_STORE", store_path("other"), 1), 0);
    make_name();
    store_success(find_fresh(u"name"));
    cr_assert_neq(access(store_path("other.key"), F_OK), 0);
    /* And yet one's file is no good in the other. */
    char path[4096], other[4096];
    uint8_t file[FILE_MAX_LEN];
    store_only_file("user", path);
    store_only_file("other", other);
    size_t len = store_read(path, file, sizeof(file));
    store_write(other, file, len);
    store_status(find_fresh(u"name"), NTE_BAD_DATA);
}

Test(store_files, make_no_store_when_the_first_of_them_is_broken)
{
    uint8_t file[256];
    make_name();
    size_t len = store_read(store_path("user/store"), file, sizeof(file));
    for (size_t cut = 0; cut < len; cut++) {
        store_write(store_path("user/store"), file, cut);
        store_status(find_fresh(u"name"), NTE_BAD_DATA);
    }
    for (size_t i = 0; i < len; i++) {
        file[i] ^= 0x40;
        store_write(store_path("user/store"), file, len);
        SECURITY_STATUS status = find_fresh(u"name");
        cr_assert(status == NTE_BAD_DATA || status == NTE_BAD_KEY, "%zu: 0x%08x", i,
                (unsigned)status);
        file[i] ^= 0x40;
    }
    store_write(store_path("user/store"), file, len);
    store_success(find_fresh(u"name"));
}

Test(store_files, that_are_no_keys_are_let_alone)
{
    make_name();
    fclose(fopen(store_path("user/README"), "we"));
    fclose(fopen(
            store_path("user/0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"),
            "we"));
    struct vit_ksp_cursor *cursor = NULL;
    struct vit_ksp_store *store = store_open();
    for (unsigned i = 0; i < 2; i++) {
        VIT_AUTO(ksp_attributes) attributes = { 0 };
        store_status(BACKEND->next(store, false, &store_silent, &cursor, &attributes),
                i == 0 ? ERROR_SUCCESS : NTE_NO_MORE_ITEMS);
    }
    BACKEND->close_cursor(cursor);
    store_close(store);
    cr_assert_eq(store_count_files("user"), 4);
}

Test(store_files, of_dead_writers_are_taken_away_when_keys_are_told)
{
    make_name();
    fclose(fopen(store_path("user/.new-0123456789abcdef0123456789abcdef"), "we"));
    cr_assert_eq(chmod(store_path("user/.new-0123456789abcdef0123456789abcdef"), 0600), 0);
    cr_assert_eq(store_count_files("user"), 3);
    struct vit_ksp_cursor *cursor = NULL;
    VIT_AUTO(ksp_attributes) attributes = { 0 };
    struct vit_ksp_store *store = store_open();
    store_success(BACKEND->next(store, false, &store_silent, &cursor, &attributes));
    BACKEND->close_cursor(cursor);
    store_close(store);
    cr_assert_eq(store_count_files("user"), 2);
}

Test(store_files, of_dead_writers_are_taken_away_when_a_key_is_replaced_or_removed)
{
    static const char left[] = "user/.new-0123456789abcdef0123456789abcdef";
    make_name();
    for (unsigned i = 0; i < 3; i++) {
        fclose(fopen(store_path(left), "we"));
        cr_assert_eq(chmod(store_path(left), 0600), 0);
        struct vit_ksp_store *store = store_open();
        store_success(store_try_make(store, u"other", i == 1));
        struct vit_ksp_material *material = store_find(store, u"other");
        cr_assert_eq(access(store_path(left), F_OK) == 0, i != 1);
        const struct vit_ksp_attributes attributes = store_attributes(u"other");
        store_success(i == 0 ? BACKEND->update(store, material, &attributes, &store_silent)
                             : BACKEND->remove(store, material, &store_silent));
        cr_assert_neq(access(store_path(left), F_OK), 0);
        store_release(material);
        store_close(store);
    }
}

Test(store_files, are_not_put_into_a_store_that_was_taken_away)
{
    char path[4096];
    struct vit_ksp_store *store = store_open();
    store_release(store_make(store, u"name"));
    store_only_file("user", path);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(unlink(store_path("user/store")), 0);
    store_status(store_try_make(store, u"name", false), NTE_BAD_KEYSET);
    make_name(); /* another store in the same folder */
    store_status(store_try_make(store, u"new", false), NTE_BAD_KEYSET);
    store_status(store_try_make(store, u"new", true), NTE_BAD_KEYSET);
    cr_assert_eq(store_count_files("user"), 2);
    cr_assert_eq(unlink(store_path("user/store")), 0);
    store_only_file("user", path);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(rmdir(store_path("user")), 0);
    store_status(store_try_make(store, u"new", false), NTE_BAD_KEYSET);
    store_close(store);
    make_name();
}

/* Variables and where they lead. */

static void set(const char *name, const char *value)
{
    cr_assert_eq(value != NULL ? setenv(name, value, 1) : unsetenv(name), 0);
}

Test(store_files, lie_where_the_specification_of_xdg_says)
{
    set("VITRINE_KEY_STORE", NULL);
    set("XDG_DATA_HOME", store_path("data"));
    set("XDG_CONFIG_HOME", store_path("config"));
    make_name();
    cr_assert_eq(access(store_path("data/vitrine/keys/store"), F_OK), 0);
    cr_assert_eq(access(store_path("config/vitrine/keystore.key"), F_OK), 0);
    cr_assert_eq(mode_of(store_path("data")), 0700);
    cr_assert_eq(mode_of(store_path("config/vitrine")), 0700);
    store_success(find_fresh(u"name"));
}

Test(store_files, lie_in_the_home_by_default)
{
    set("VITRINE_KEY_STORE", "");
    set("XDG_DATA_HOME", "not/absolute");
    set("XDG_CONFIG_HOME", NULL);
    set("HOME", store_path("home"));
    make_name();
    cr_assert_eq(access(store_path("home/.local/share/vitrine/keys/store"), F_OK), 0);
    cr_assert_eq(access(store_path("home/.config/vitrine/keystore.key"), F_OK), 0);
}

Test(store_files, lie_nowhere_when_the_variable_is_not_absolute)
{
    static const char *const wrong[] = { "keys", "./keys", "/", "//" };
    for (size_t i = 0; i < 4; i++) {
        set("VITRINE_KEY_STORE", wrong[i]);
        store_status(find_fresh(u"name"), NTE_INVALID_PARAMETER);
    }
    set("VITRINE_KEY_STORE", store_path("user"));
    set("VITRINE_KEY_STORE_KEY", "key");
    store_status(find_fresh(u"name"), NTE_INVALID_PARAMETER);
}

Test(store_files, lie_beside_the_key_file_whatever_stands_at_the_end_of_the_name)
{
    set("VITRINE_KEY_STORE", store_path("user///"));
    make_name();
    cr_assert_eq(access(store_path("user.key"), F_OK), 0);
    cr_assert_eq(store_count_files("user"), 2);
}

Test(store_files, are_not_made_where_nothing_can_be)
{
    fclose(fopen(store_path("file"), "we"));
    set("VITRINE_KEY_STORE", store_path("file/keys"));
    struct vit_ksp_store *store = store_open();
    store_status(store_try_make(store, u"name", false), NTE_PERM);
    store_close(store);
}

Test(store_files, are_of_no_use_to_a_child_that_was_given_no_pages)
{
    make_name();
    pid_t child = fork();
    if (child == 0) {
        _exit(find_fresh(u"name") == ERROR_SUCCESS ? 0 : 1); /* with a provider of its own */
    }
    int result = -1;
    cr_assert_eq(waitpid(child, &result, 0), child);
    cr_assert_eq(result, 0);
}
