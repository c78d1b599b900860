/* SPDX-License-Identifier: MIT */
#include "cng/ncrypt/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cng/utf8.h"
#include "cng/wide.h"
#include "ncrypt.h"

enum { MANIFEST_LIMIT = 64 * 1024, PROVIDERS_LIMIT = 64 };

VIT_DEFINE_AUTO(json, json_t *, json_decref)

/* Where manifests are, and where the libraries that they name without a folder. */
struct place {
    const char *manifests;
    const char *libraries;
};

static struct place find_place(void)
{
    const char *named = secure_getenv("VITRINE_KEY_STORAGE_PROVIDERS");
    if (named != NULL && named[0] == '/') {
        return (struct place){ named, named };
    }
    return (struct place){ KEY_STORAGE_MANIFESTS, KEY_STORAGE_LIBRARIES };
}

static void finish_provider(struct vit_manifest_provider *provider)
{
    free(provider->name);
    free(provider->comment);
    free(provider->library);
}

void vit_manifests_finish(struct vit_manifests *manifests)
{
    for (size_t i = 0; i < manifests->count; i++) {
        finish_provider(&manifests->providers[i]);
    }
    free(manifests->providers);
    *manifests = (struct vit_manifests){ 0 };
}

/* The text of a file that ends within the limit. */
static VIT_RESULT read_text(const char *path, char **text, size_t *len)
{
    VIT_AUTO(fd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        return VIT_E_IO;
    }
    VIT_AUTO(string) bytes = malloc(MANIFEST_LIMIT + 1);
    if (bytes == NULL) {
        return VIT_E_NOMEM;
    }
    size_t at = 0;
    for (ssize_t got = 1; got != 0 && at <= MANIFEST_LIMIT; at += (size_t)got) {
        got = read(fd, bytes + at, MANIFEST_LIMIT + 1 - at);
        if (got < 0) {
            return VIT_E_IO;
        }
    }
    if (at > MANIFEST_LIMIT) {
        return VIT_E_LIMIT;
    }
    *text = bytes;
    bytes = NULL; /* ownership moved to *text */
    *len = at;
    return VIT_OK;
}

/* A name without a folder is one of the place's. */
static bool is_library(const char *name)
{
    return name[0] == '/' || (name[0] != '\0' && strchr(name, '/') == NULL);
}

static char *library_path(const struct place *place, const char *name)
{
    char *path = NULL;
    if (name[0] == '/') {
        return strdup(name);
    }
    return asprintf(&path, "%s/%s", place->libraries, name) < 0 ? NULL : path;
}

static VIT_RESULT add(struct vit_manifests *manifests, const struct vit_manifest_provider *provider)
{
    struct vit_manifest_provider *grown =
            reallocarray(manifests->providers, manifests->count + 1, sizeof(*grown));
    if (grown == NULL) {
        return VIT_E_NOMEM;
    }
    manifests->providers = grown;
    grown[manifests->count++] = *provider;
    return VIT_OK;
}

/* What a manifest says, as jansson holds it. */
struct said {
    const char *library, *comment;
    json_t *names;
    int by_default;
};

static bool understand(json_t *root, struct said *said)
{
    *said = (struct said){ .comment = "" };
    if (json_unpack(root, "{s:o, s:s, s?b, s?s !}", "providers", &said->names, "library",
                &said->library, "default", &said->by_default, "comment", &said->comment) != 0) {
        return false;
    }
    size_t count = json_array_size(said->names);
    bool fine = count > 0 && count <= PROVIDERS_LIMIT && is_library(said->library);
    for (size_t i = 0; i < count && fine; i++) {
        fine = json_string_length(json_array_get(said->names, i)) > 0;
    }
    return fine;
}

static VIT_RESULT make_provider(const struct place *place, const struct said *said,
        const json_t *name, struct vit_manifest_provider *provider)
{
    *provider = (struct vit_manifest_provider){
        .name = vit_wide_from_utf8(json_string_value(name), json_string_length(name)),
        .comment = vit_wide_from_utf8(said->comment, strlen(said->comment)),
        .library = library_path(place, said->library),
    };
    bool whole = provider->name != NULL && provider->comment != NULL && provider->library != NULL;
    return whole ? VIT_OK : VIT_E_NOMEM;
}

/* Its place, or that of the one that has the name already. */
static VIT_RESULT add_provider(struct vit_manifests *manifests, const struct place *place,
        const struct said *said, const json_t *name, size_t *at)
{
    struct vit_manifest_provider provider;
    enum vit_status status = make_provider(place, said, name, &provider);
    const struct vit_manifest_provider *known =
            status == VIT_OK ? vit_manifests_find(manifests, provider.name) : NULL;
    if (status == VIT_OK && known == NULL) {
        *at = manifests->count;
        status = add(manifests, &provider);
    }
    if (status != VIT_OK || known != NULL) {
        finish_provider(&provider);
    }
    if (known != NULL) {
        *at = (size_t)(known - manifests->providers);
    }
    return status;
}

static VIT_RESULT add_manifest(struct vit_manifests *manifests, const struct place *place,
        const char *path)
{
    VIT_AUTO(string) text = NULL;
    size_t len;
    VIT_TRY(read_text(path, &text, &len));
    VIT_AUTO(json) root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    struct said said;
    if (root == NULL || !understand(root, &said)) {
        return VIT_E_ARG;
    }
    for (size_t i = 0; i < json_array_size(said.names); i++) {
        size_t at = 0;
        VIT_TRY(add_provider(manifests, place, &said, json_array_get(said.names, i), &at));
        if (i == 0 && said.by_default && manifests->by_default == 0) {
            manifests->by_default = at + 1;
        }
    }
    return VIT_OK;
}

static int is_manifest(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && end != NULL && strcmp(end, ".json") == 0;
}

/* By bytes, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static VIT_RESULT add_named(struct vit_manifests *manifests, const struct place *place,
        const char *name)
{
    VIT_AUTO(string) path = NULL;
    if (asprintf(&path, "%s/%s", place->manifests, name) < 0) {
        path = NULL;
        return VIT_E_NOMEM;
    }
    enum vit_status status = add_manifest(manifests, place, path);
    if (status == VIT_OK || status == VIT_E_NOMEM) {
        return status;
    }
    vit_log(VIT_LOG_WARNING, "%s: %s", path,
            status == VIT_E_IO ? "cannot be read" : "is no manifest of key storage providers");
    return VIT_OK;
}

VIT_RESULT vit_manifests_read(struct vit_manifests *manifests)
{
    *manifests = (struct vit_manifests){ 0 };
    struct place place = find_place();
    struct dirent **entries = NULL;
    int count = scandir(place.manifests, &entries, is_manifest, by_name);
    enum vit_status status = count < 0 && errno == ENOMEM ? VIT_E_NOMEM : VIT_OK;
    for (int i = 0; i < count; i++) {
        if (status == VIT_OK) {
            status = add_named(manifests, &place, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    if (status != VIT_OK) {
        vit_manifests_finish(manifests);
    }
    return status;
}

const struct vit_manifest_provider *vit_manifests_find(const struct vit_manifests *manifests,
        const WCHAR *name)
{
    if (name == NULL) {
        return manifests->by_default == 0 ? NULL : &manifests->providers[manifests->by_default - 1];
    }
    for (size_t i = 0; i < manifests->count; i++) {
        if (vit_wide_equal(manifests->providers[i].name, name)) {
            return &manifests->providers[i];
        }
    }
    return NULL;
}
