/* SPDX-License-Identifier: MIT */
#include "cng/ksp/software/paths.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where something is when no variable of ours says so: below a folder of the specification of XDG, whose
 * default lies in the home; or a path of the machine's. */
struct place {
    const char *base_variable;
    const char *base_in_home;
    const char *rest;
    const char *fixed;
};

static const struct owner {
    const char *folder_variable, *key_variable;
    struct place folder, key_file;
} user = {
    "VITRINE_KEY_STORE",
    "VITRINE_KEY_STORE_KEY",
    { "XDG_DATA_HOME", ".local/share", "vitrine/keys", NULL },
    { "XDG_CONFIG_HOME", ".config", "vitrine/keystore.key", NULL },
}, machine = {
    "VITRINE_MACHINE_KEY_STORE",
    "VITRINE_MACHINE_KEY_STORE_KEY",
    { .fixed = MACHINE_KEY_STORE },
    { .fixed = MACHINE_KEY_FILE },
};

/* Nothing is as if it were not set. */
static const char *from_environment(const char *name)
{
    const char *value = secure_getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* middle: NULL: none */
static SECURITY_STATUS join(const char *base, const char *middle, const char *rest, char **out)
{
    int len = middle != NULL ? asprintf(out, "%s/%s/%s", base, middle, rest)
                             : asprintf(out, "%s/%s", base, rest);
    if (len < 0) {
        *out = NULL;
        return NTE_NO_MEMORY;
    }
    return ERROR_SUCCESS;
}

static SECURITY_STATUS join_home(const struct place *place, char **out)
{
    char buffer[16384];
    struct passwd entry, *found = NULL;
    const char *home = from_environment("HOME");
    if (home == NULL && getpwuid_r(geteuid(), &entry, buffer, sizeof(buffer), &found) == 0 &&
            found != NULL) {
        home = entry.pw_dir;
    }
    return home != NULL && home[0] == '/' ? join(home, place->base_in_home, place->rest, out)
                                          : NTE_NOT_FOUND;
}

/* A base that is not absolute is to be ignored, as its specification says. */
static SECURITY_STATUS default_path(const struct place *place, char **out)
{
    if (place->fixed != NULL) {
        *out = strdup(place->fixed);
        return *out != NULL ? ERROR_SUCCESS : NTE_NO_MEMORY;
    }
    const char *base = from_environment(place->base_variable);
    return base != NULL && base[0] == '/' ? join(base, NULL, place->rest, out)
                                          : join_home(place, out);
}

/* Slashes at the end go: what is put behind the name stands beside the folder, not in it. */
static SECURITY_STATUS named_path(const char *path, char **out)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    if (path[0] != '/' || len == 1) {
        return NTE_INVALID_PARAMETER;
    }
    *out = strndup(path, len);
    return *out != NULL ? ERROR_SUCCESS : NTE_NO_MEMORY;
}

static SECURITY_STATUS beside(const char *folder, char **out)
{
    if (asprintf(out, "%s.key", folder) < 0) {
        *out = NULL;
        return NTE_NO_MEMORY;
    }
    return ERROR_SUCCESS;
}

static SECURITY_STATUS find_folder(const struct owner *owner, char **out)
{
    const char *path = from_environment(owner->folder_variable);
    return path != NULL ? named_path(path, out) : default_path(&owner->folder, out);
}

/* Of a store that was named, beside it, so that one store's variable says it all. */
static SECURITY_STATUS find_key_file(const struct owner *owner, const char *folder, char **out)
{
    const char *path = from_environment(owner->key_variable);
    if (path != NULL) {
        return named_path(path, out);
    }
    return from_environment(owner->folder_variable) != NULL ? beside(folder, out)
                                                            : default_path(&owner->key_file, out);
}

SECURITY_STATUS vit_soft_paths_find(bool of_machine, struct vit_soft_paths *paths)
{
    const struct owner *owner = of_machine ? &machine : &user;
    VIT_AUTO(string) folder = NULL;
    VIT_AUTO(string) key_file = NULL;
    SECURITY_STATUS status = find_folder(owner, &folder);
    if (SUCCEEDED(status)) {
        status = find_key_file(owner, folder, &key_file);
    }
    if (SUCCEEDED(status)) {
        *paths = (struct vit_soft_paths){ folder, key_file };
        folder = NULL; /* ownership moved to the caller */
        key_file = NULL;
    }
    return status;
}
