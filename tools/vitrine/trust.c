/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/trust.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "certs/crl.h"
#include "tools/vitrine/file.h"

VIT_DEFINE_AUTO(folder, DIR *, closedir)

char *vit_trust_folder(void)
{
    return vit_data_path("trust");
}

static enum vit_status describe(struct vit_root *root)
{
    VIT_AUTO(chain) chain = NULL;
    VIT_TRY(vit_chain_parse(root->der, root->len, &chain));
    if (vit_chain_count(chain) != 1) {
        return VIT_E_REFUSED;
    }
    VIT_TRY(vit_chain_describe(chain, 0, &root->facts));
    snprintf(root->id, sizeof(root->id), "%.*s", VIT_ROOT_ID_LEN, root->facts.fingerprint);
    return VIT_OK;
}

static enum vit_status load(const char *path, struct vit_root *root)
{
    if (snprintf(root->path, sizeof(root->path), "%s", path) >= (int)sizeof(root->path)) {
        errno = ENAMETOOLONG;
        return VIT_E_IO;
    }
    VIT_TRY(vit_file_read(path, VIT_CHAIN_MAX_LEN, &root->der, &root->len));
    enum vit_status status = describe(root);
    if (status != VIT_OK) {
        free(root->der);
        root->der = NULL;
    }
    return status;
}

/* Room for one more, zeroed. */
static struct vit_root *add(struct vit_roots *roots)
{
    struct vit_root *items = reallocarray(roots->items, roots->count + 1, sizeof(*items));
    if (items == NULL) {
        return NULL;
    }
    roots->items = items;
    struct vit_root *root = &items[roots->count++];
    memset(root, 0, sizeof(*root));
    return root;
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t len = strlen(name);
    size_t suffix_len = strlen(suffix);
    return name[0] != '.' && len > suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

static bool is_certificate(const char *name)
{
    return ends_in(name, ".der");
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct vit_root *)a)->path, ((const struct vit_root *)b)->path);
}

static enum vit_status load_entries(DIR *open_folder, const char *folder, struct vit_roots *roots)
{
    const struct dirent *entry = NULL;
    while ((entry = readdir(open_folder)) != NULL) {
        if (!is_certificate(entry->d_name)) {
            continue;
        }
        VIT_AUTO(string) path = vit_path_join(folder, entry->d_name);
        struct vit_root *root = path != NULL ? add(roots) : NULL;
        if (root == NULL) {
            return VIT_E_NOMEM;
        }
        if (load(path, root) == VIT_E_NOMEM) { /* any other failure stays in the list, to be seen */
            return VIT_E_NOMEM;
        }
    }
    return VIT_OK;
}

VIT_RESULT vit_roots_load(const char *folder, struct vit_roots *roots)
{
    *roots = (struct vit_roots){ 0 };
    VIT_AUTO(folder) open_folder = opendir(folder);
    if (open_folder == NULL) {
        return errno == ENOENT ? VIT_OK : VIT_E_IO;
    }
    enum vit_status status = load_entries(open_folder, folder, roots);
    if (status != VIT_OK) {
        vit_roots_finish(roots);
        return status;
    }
    if (roots->count > 0) {
        qsort(roots->items, roots->count, sizeof(*roots->items), by_path);
    }
    return VIT_OK;
}

VIT_RESULT vit_roots_load_file(const char *path, struct vit_roots *roots)
{
    *roots = (struct vit_roots){ 0 };
    struct vit_root *root = add(roots);
    if (root == NULL) {
        return VIT_E_NOMEM;
    }
    enum vit_status status = load(path, root);
    if (status != VIT_OK) {
        int why = errno;
        vit_roots_finish(roots);
        errno = why;
    }
    return status;
}

void vit_roots_finish(struct vit_roots *roots)
{
    for (size_t i = 0; i < roots->count; i++) {
        free(roots->items[i].der);
    }
    free(roots->items);
    free(roots->crls);
    *roots = (struct vit_roots){ 0 };
}

VIT_RESULT vit_roots_add_crl(const char *path, struct vit_roots *roots)
{
    VIT_AUTO(bytes) bytes = NULL;
    size_t len = 0;
    VIT_TRY(vit_file_read(path, VIT_CRLS_MAX_LEN, &bytes, &len));
    uint8_t *crls = realloc(roots->crls, roots->crl_len + len + 1);
    if (crls == NULL) {
        return VIT_E_NOMEM;
    }
    memcpy(crls + roots->crl_len, bytes, len);
    roots->crls = crls;
    roots->crl_len += len;
    return VIT_OK;
}

VIT_RESULT vit_roots_add_crl_folder(const char *folder, struct vit_roots *roots)
{
    VIT_AUTO(folder) open_folder = opendir(folder);
    if (open_folder == NULL) {
        return errno == ENOENT ? VIT_OK : VIT_E_IO;
    }
    const struct dirent *entry = NULL;
    while ((entry = readdir(open_folder)) != NULL) {
        if (!ends_in(entry->d_name, ".crl")) {
            continue;
        }
        VIT_AUTO(string) path = vit_path_join(folder, entry->d_name);
        VIT_TRY(path != NULL ? vit_roots_add_crl(path, roots) : VIT_E_NOMEM);
    }
    return VIT_OK;
}

static enum vit_status verify_by(const struct vit_roots *roots, const struct vit_chain *chain,
        const struct vit_root *root, int64_t now, struct vit_verified *verified)
{
    return roots->no_revocation ? vit_chain_verify(chain, root->der, root->len, now, verified)
                                : vit_chain_verify_revocation(chain, root->der, root->len,
                                          roots->crls, roots->crl_len, now, verified);
}

static enum vit_status find_none(const struct vit_roots *roots, const char *issuer,
        struct vit_verified *verified)
{
    *verified = (struct vit_verified){ 0 };
    if (roots->count == 0) {
        snprintf(verified->reason, sizeof(verified->reason), "no root is trusted yet");
    } else {
        snprintf(verified->reason, sizeof(verified->reason),
                "no trusted root is its issuer (%.80s)", issuer);
    }
    return VIT_E_REFUSED;
}

VIT_RESULT vit_roots_verify(const struct vit_roots *roots, const struct vit_chain *chain,
        int64_t now, struct vit_verified *verified, const struct vit_root **by)
{
    struct vit_cert_facts last;
    VIT_TRY(vit_chain_describe(chain, vit_chain_count(chain) - 1, &last));
    enum vit_status status = find_none(roots, last.issuer, verified);
    for (size_t i = 0; i < roots->count; i++) {
        const struct vit_root *root = &roots->items[i];
        bool is_only = roots->count == 1; /* then its reason says more than ours */
        if (root->der == NULL || (!is_only && strcmp(root->facts.subject, last.issuer) != 0)) {
            continue;
        }
        status = verify_by(roots, chain, root, now, verified);
        if (status == VIT_OK) {
            *by = root;
            return VIT_OK;
        }
    }
    return status;
}
