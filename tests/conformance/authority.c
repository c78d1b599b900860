/* SPDX-License-Identifier: MIT */
#include "tests/conformance/authority.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "certs/authority.h"
#include "tests/support/device_process.h"
#include "tests/conformance/rule.h"

enum { KEY_BITS = 2048, DAYS = 2 };

static enum vit_status write_file(const char *path, const void *bytes, size_t len)
{
    VIT_AUTO(fd) fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    VIT_AUTO(stream) file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (file == NULL) {
        return VIT_E_IO;
    }
    fd = -1; /* the stream's */
    return fwrite(bytes, 1, len, file) == len && fflush(file) == 0 ? VIT_OK : VIT_E_IO;
}

static enum vit_status write_key(const char *path, const struct vit_pair *pair)
{
    char *pem;
    size_t len;
    VIT_TRY(vit_pair_write(pair, NULL, 0, &pem, &len));
    enum vit_status status = write_file(path, pem, len);
    vit_pem_free(pem, len);
    return status;
}

static enum vit_status make_root(const struct run_folder *folder, struct vit_pair **pair,
        struct vit_chain **chain)
{
    const struct vit_cert_terms terms = { .name = "Conformance root", .days = DAYS };
    VIT_AUTO(bytes) der = NULL;
    size_t len;
    VIT_TRY(vit_pair_generate(KEY_BITS, pair));
    VIT_TRY(vit_root_create(*pair, &terms, &der, &len));
    VIT_TRY(vit_chain_parse(der, len, chain));
    return write_file(folder->root, der, len);
}

static enum vit_status make_intermediate(const struct vit_issuer *root, struct vit_pair **pair,
        struct vit_chain **chain)
{
    const struct vit_cert_terms terms = { .name = "Conformance intermediate", .days = DAYS };
    VIT_AUTO(bytes) der = NULL;
    size_t len;
    VIT_TRY(vit_pair_generate(KEY_BITS, pair));
    VIT_TRY(vit_intermediate_create(root, *pair, &terms, &der, &len));
    return vit_chain_parse(der, len, chain);
}

static enum vit_status make_device(const struct run_folder *folder, const struct vit_issuer *issuer,
        enum vit_custody custody)
{
    const struct vit_cert_terms terms = { .name = "Conformance device", .days = DAYS };
    VIT_AUTO(pair) pair = NULL;
    VIT_AUTO(public_key) key = NULL;
    VIT_AUTO(bytes) der = NULL;
    size_t len;
    VIT_TRY(vit_pair_generate(KEY_BITS, &pair));
    VIT_TRY(vit_pair_public(pair, &key));
    VIT_TRY(vit_device_issue(issuer, key, custody, &terms, &der, &len));
    VIT_TRY(write_file(folder->certificate, der, len));
    return write_key(folder->key, pair);
}

static enum vit_status make_certificates(const struct run_folder *folder, enum vit_custody custody)
{
    VIT_AUTO(pair) root_pair = NULL;
    VIT_AUTO(pair) pair = NULL;
    VIT_AUTO(chain) root = NULL;
    VIT_AUTO(chain) chain = NULL;
    VIT_TRY(make_root(folder, &root_pair, &root));
    VIT_TRY(make_intermediate(&(struct vit_issuer){ root, root_pair }, &pair, &chain));
    return make_device(folder, &(struct vit_issuer){ chain, pair }, custody);
}

static void name_files(struct run_folder *folder, const char *custody)
{
    snprintf(folder->ca, RUN_PATH_LEN, "%.64s/ca", folder->path);
    snprintf(folder->root, RUN_PATH_LEN, "%.64s/ca/root.der", folder->path);
    snprintf(folder->certificate, RUN_PATH_LEN, "%.64s/%.16s.der", folder->path, custody);
    snprintf(folder->key, RUN_PATH_LEN, "%.64s/%.16s.key", folder->path, custody);
}

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "vitrine-conform: %s: %s\n", what, why);
    return CONFORM_NO_START;
}

/* Sockets want it short. */
static void name_folder(char path[RUN_PATH_LEN])
{
    const char *above = getenv("TMPDIR");
    bool fits = above != NULL && above[0] == '/' && strlen(above) <= 32;
    snprintf(path, RUN_PATH_LEN, "%.32s/vitrine-conform-XXXXXX", fits ? above : "/tmp");
}

int run_folder_make(struct run_folder *folder, struct options *options)
{
    name_folder(folder->path);
    if (mkdtemp(folder->path) == NULL) {
        int failed = complain(folder->path, strerror(errno));
        folder->path[0] = '\0';
        return failed;
    }
    name_files(folder, options->custody);
    /* Devices of the suite make their sockets in there, too. */
    if (mkdir(folder->ca, 0700) != 0 || setenv("VITRINE_CERTIFICATES", folder->path, 1) != 0 ||
            setenv("VITRINE_TEST_FOLDER", folder->path, 1) != 0 ||
            setenv(RULE_MARKS, folder->path, 1) != 0) {
        return complain(folder->path, strerror(errno));
    }
    if (options->root != NULL) {
        return 0;
    }
    bool device = strcmp(options->custody, "device") == 0;
    enum vit_status status =
            make_certificates(folder, device ? VIT_CUSTODY_DEVICE : VIT_CUSTODY_DRIVER);
    if (status != VIT_OK) {
        return complain("making certificates", vit_status_name(status));
    }
    options->root = folder->root;
    options->certificate = folder->certificate;
    options->key = folder->key;
    return 0;
}

void run_folder_remove(struct run_folder *folder)
{
    if (folder->path[0] != '\0') {
        support_remove_folder(folder->path);
        folder->path[0] = '\0';
    }
}
