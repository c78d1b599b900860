/* SPDX-License-Identifier: MIT */
#include "cng/ncrypt/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
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

/* A name without a folder is one of the place's; NULL: neither that nor absolute, or no memory. */
static char *library_path(const struct place *place, const char *name)
{
    char *path = NULL;
    if (name[0] == '/') {
        return strdup(name);
    }
    if (name[0] == '\0' || strchr(name, '/') != NULL ||
            asprintf(&path, "%s/%s", place->libraries, name) < 0) {
        return NULL;
    }
    return path;
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
    bool fine = count > 0 && count <= PROVIDERS_LIMIT;
    for (size_t i = 0; i < count && fine; i++) {
        fine = json_string_length(json_array_get(said->names, i)) > 0;
    }
    return fine;
}

static VIT_RESULT make_provider(const struct place *place, const struct said *said, size_t i,
        struct vit_manifest_provider *provider)
{
    const json_t *name = json_array_get(said->names, i);
    *provider = (struct vit_manifest_provider){
        .name = vit_wide_from_utf8(json_string_value(name), json_string_length(name)),
        .comment = vit_wide_from_utf8(said->comment, strlen(said->comment)),
        .library = library_path(place, said->library),
        .by_default = said->by_default && i == 0,
    };
    bool whole = provider->name != NULL && provider->comment != NULL && provider->library != NULL;
    return whole ? VIT_OK : VIT_E_ARG;
}

static VIT_RESULT add_provider(struct vit_manifests *manifests, const struct place *place,
        const struct said *said, size_t i)
{
    struct vit_manifest_provider provider;
    enum vit_status status = make_provider(place, said, i, &provider);
    bool known = status == VIT_OK && vit_manifests_find(manifests, provider.name) != NULL;
    if (status == VIT_OK && !known) {
        status = add(manifests, &provider);
    }
    if (status != VIT_OK || known) {
        finish_provider(&provider);
    }
    return status;
}

/* All of a manifest's providers or none. */
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
    size_t count = manifests->count;
    enum vit_status status = VIT_OK;
    for (size_t i = 0; i < json_array_size(said.names) && status == VIT_OK; i++) {
        status = add_provider(manifests, place, &said, i);
    }
    while (status != VIT_OK && manifests->count > count) {
        finish_provider(&manifests->providers[--manifests->count]);
    }
    return status;
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
    for (size_t i = 0; i < manifests->count; i++) {
        const struct vit_manifest_provider *provider = &manifests->providers[i];
        if (name == NULL ? provider->by_default : vit_wide_equal(provider->name, name)) {
            return provider;
        }
    }
    return NULL;
}
