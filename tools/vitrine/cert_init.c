/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/vitrine/cert.h"
#include "tools/vitrine/file.h"

enum { KEY_BITS = 3072, DAYS = 3650, OPTION_CRL_DAYS = 0x200 };

/* Room for " intermediate". */
enum { NAME_MAX_LEN = VIT_CERT_NAME_MAX - 13 };

struct arguments {
    struct cert_terms terms;
    unsigned crl_days; /* 0: as usual */
    struct cert_secret secret;
};

static const struct argp_option options[] = {
    { "dir", 'd', "DIR", 0, "Folder of the authority (default: $XDG_DATA_HOME/vitrine)", 0 },
    { "name", 'n', "NAME", 0, "Begin of the common names (default: Vitrine)", 0 },
    { "days", CERT_OPTION_DAYS, "N", 0, "Days of validity (default: 3650)", 0 },
    { "crl-days", OPTION_CRL_DAYS, "N", 0,
            "Days until the next lists of revoked certificates (default: 365 root, 30 intermediate)",
            0 },
    { "force", 'f', NULL, 0, "Replace files that exist", 0 },
    { 0 },
};

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->secret;
        return 0;
    case OPTION_CRL_DAYS:
        arguments->crl_days =
                (unsigned)cert_take_number(arg, 1, VIT_CERT_DAYS_MAX, "--crl-days", state);
        return 0;
    case 'n':
        if (arg[0] == '\0' || strlen(arg) > NAME_MAX_LEN) {
            argp_error(state, "--name has 1 to %d bytes", (int)NAME_MAX_LEN);
        }
        break;
    default:
        break;
    }
    return cert_take_terms(key, arg, state, &arguments->terms);
}

enum {
    ROOT_KEY,
    INTERMEDIATE_KEY,
    ROOT_DER,
    INTERMEDIATE_DER,
    ROOT_CRL,
    INTERMEDIATE_CRL,
    FILE_COUNT,
};

struct paths {
    char *items[FILE_COUNT + 1]; /* ends with NULL */
};

static const char *const file_names[FILE_COUNT] = {
    "root.key",
    "intermediate.key",
    "root.der",
    "intermediate.der",
    "root.crl",
    "intermediate.crl",
};

static void finish_paths(struct paths *paths)
{
    for (int i = 0; i < FILE_COUNT; i++) {
        free(paths->items[i]);
    }
}

static bool init_paths(struct paths *paths, const char *folder)
{
    *paths = (struct paths){ 0 };
    for (int i = 0; i < FILE_COUNT; i++) {
        paths->items[i] = vit_path_join(folder, file_names[i]);
        if (paths->items[i] == NULL) {
            finish_paths(paths);
            return false;
        }
    }
    return true;
}

/* Both certificates and their lists in memory; nothing is written before everything is made. */
struct made {
    struct vit_pair *root_pair;
    struct vit_pair *intermediate_pair;
    uint8_t *root;
    size_t root_len;
    uint8_t *intermediate;
    size_t intermediate_len;
    uint8_t *root_crl;
    size_t root_crl_len;
    uint8_t *intermediate_crl;
    size_t intermediate_crl_len;
};

static void finish_made(struct made *made)
{
    vit_pair_destroy(made->root_pair);
    vit_pair_destroy(made->intermediate_pair);
    free(made->root);
    free(made->intermediate);
    free(made->root_crl);
    free(made->intermediate_crl);
}

static enum vit_status make_root(const struct arguments *arguments, struct made *made)
{
    char name[VIT_CERT_NAME_MAX + 1];
    snprintf(name, sizeof(name), "%s root", arguments->terms.name);
    struct vit_cert_terms terms = { name, arguments->terms.days, 0 };
    VIT_TRY(vit_pair_generate(KEY_BITS, &made->root_pair));
    return vit_root_create(made->root_pair, &terms, &made->root, &made->root_len);
}

static enum vit_status make_intermediate(const struct arguments *arguments, struct made *made)
{
    char name[VIT_CERT_NAME_MAX + 1];
    snprintf(name, sizeof(name), "%s intermediate", arguments->terms.name);
    struct vit_cert_terms terms = { name, arguments->terms.days, 0 };
    VIT_AUTO(chain) root = NULL;
    VIT_TRY(vit_chain_parse(made->root, made->root_len, &root));
    struct vit_issuer issuer = { root, made->root_pair };
    VIT_TRY(vit_pair_generate(KEY_BITS, &made->intermediate_pair));
    return vit_intermediate_create(&issuer, made->intermediate_pair, &terms, &made->intermediate,
            &made->intermediate_len);
}

static enum vit_status make_list(const uint8_t *der, size_t der_len, const struct vit_pair *pair,
        unsigned days, uint8_t **crl, size_t *crl_len)
{
    VIT_AUTO(chain) chain = NULL;
    VIT_TRY(vit_chain_parse(der, der_len, &chain));
    const struct vit_issuer issuer = { chain, pair };
    const struct vit_crl_terms terms = { .days = days };
    return vit_crl_create(&issuer, &terms, crl, crl_len);
}

/* Nobody is revoked yet. */
static enum vit_status make_lists(const struct arguments *arguments, struct made *made)
{
    unsigned days = arguments->crl_days;
    VIT_TRY(make_list(made->root, made->root_len, made->root_pair,
            days != 0 ? days : CERT_ROOT_CRL_DAYS, &made->root_crl, &made->root_crl_len));
    return make_list(made->intermediate, made->intermediate_len, made->intermediate_pair,
            days != 0 ? days : CERT_CRL_DAYS, &made->intermediate_crl, &made->intermediate_crl_len);
}

static int add_all(struct cert_files *files, const struct paths *paths, const struct made *made,
        const struct vit_passphrase *passphrase)
{
    char *const *path = paths->items;
    int code = cert_files_add_key(files, path[ROOT_KEY], made->root_pair, passphrase);
    if (code == VIT_EXIT_OK) {
        code = cert_files_add_key(files, path[INTERMEDIATE_KEY], made->intermediate_pair,
                passphrase);
    }
    if (code == VIT_EXIT_OK) {
        code = cert_files_add(files, path[ROOT_DER], made->root, made->root_len, 0644);
    }
    if (code == VIT_EXIT_OK) {
        code = cert_files_add(files, path[INTERMEDIATE_DER], made->intermediate,
                made->intermediate_len, 0644);
    }
    if (code == VIT_EXIT_OK) {
        code = cert_files_add(files, path[ROOT_CRL], made->root_crl, made->root_crl_len, 0644);
    }
    if (code == VIT_EXIT_OK) {
        code = cert_files_add(files, path[INTERMEDIATE_CRL], made->intermediate_crl,
                made->intermediate_crl_len, 0644);
    }
    return code;
}

static int write_all(const struct paths *paths, const struct made *made,
        const struct vit_passphrase *passphrase, bool force)
{
    struct cert_files files = { .force = force };
    int code = add_all(&files, paths, made, passphrase);
    if (code == VIT_EXIT_OK) {
        code = cert_files_commit(&files);
    }
    cert_files_finish(&files);
    return code;
}

static int make_and_write(const struct arguments *arguments, const struct paths *paths)
{
    struct vit_passphrase passphrase = { 0 };
    int code =
            cert_new_passphrase(&arguments->secret, "root.key and intermediate.key", &passphrase);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    struct made made = { 0 };
    enum vit_status status = make_root(arguments, &made);
    if (status == VIT_OK) {
        status = make_intermediate(arguments, &made);
    }
    if (status == VIT_OK) {
        status = make_lists(arguments, &made);
    }
    if (status == VIT_OK) {
        const struct vit_passphrase *used = arguments->secret.wanted ? &passphrase : NULL;
        code = write_all(paths, &made, used, arguments->terms.force);
    } else {
        code = vit_command_fail(status == VIT_E_ARG ? VIT_EXIT_USAGE : VIT_EXIT_SYSTEM, CERT, NULL,
                status == VIT_E_ARG ? "--name is not UTF-8" : "the certificates cannot be made");
    }
    vit_passphrase_wipe(&passphrase);
    finish_made(&made);
    return code;
}

static int init_folder(const struct arguments *arguments, const char *folder,
        const struct paths *paths)
{
    char *new_from = NULL;
    if (vit_folder_make(folder, &new_from) != VIT_OK) {
        return cert_fail_file(folder);
    }
    int code = cert_need_free((const char *const *)paths->items, arguments->terms.force);
    if (code == VIT_EXIT_OK) {
        code = make_and_write(arguments, paths);
    }
    vit_folder_settle(folder, new_from);
    return code;
}

static void tell(const struct paths *paths)
{
    printf("%s: root certificate; trust it by: vitrine cert trust %s\n", paths->items[ROOT_DER],
            paths->items[ROOT_DER]);
    printf("%s: its key, not needed to issue devices: better kept elsewhere\n",
            paths->items[ROOT_KEY]);
}

static const struct argp_child children[] = {
    { &cert_secret_argp, 0, NULL, 0 },
    { 0 },
};

static int run(int argc, char **argv)
{
    struct arguments arguments = { .terms = { .name = "Vitrine", .days = DAYS } };
    const struct argp argp = { .options = options,
        .parser = take,
        .children = children,
        .doc = "Makes a root and an intermediate under it, which issues devices." };
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0) {
        return VIT_EXIT_USAGE;
    }
    VIT_AUTO(string) folder = cert_folder(arguments.terms.folder);
    struct paths paths;
    if (folder == NULL || !init_paths(&paths, folder)) {
        return VIT_EXIT_SYSTEM;
    }
    int code = init_folder(&arguments, folder, &paths);
    if (code == VIT_EXIT_OK) {
        tell(&paths);
    }
    finish_paths(&paths);
    return code;
}

const struct vit_command cert_init = { "init", "make a root and an intermediate", run };
