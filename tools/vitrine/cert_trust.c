/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certs/verify.h"
#include "tools/vitrine/cert.h"
#include "tools/vitrine/file.h"
#include "tools/vitrine/trust.h"

enum { OPTION_JSON = 0x200, ID_MIN = 8 };

struct arguments {
    const char *path;
    const char *removed;
    bool list;
    bool json;
};

static const struct argp_option options[] = {
    { "list", 'l', NULL, 0, "List the roots that this user trusts", 0 },
    { "remove", 'r', "ID", 0, "Trust this one no longer; the first 8 digits or more do", 0 },
    { "json", OPTION_JSON, NULL, 0, "List in JSON", 0 },
    { 0 },
};

static void check(struct argp_state *state, const struct arguments *arguments)
{
    int wishes = (arguments->path != NULL) + (arguments->removed != NULL) + arguments->list;
    if (wishes != 1) {
        argp_error(state, "say a root, --list or --remove, one of them");
    }
    if (arguments->removed != NULL && strlen(arguments->removed) < ID_MIN) {
        argp_error(state, "an ID has at least %d digits", ID_MIN);
    }
}

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'l':
        arguments->list = true;
        return 0;
    case 'r':
        arguments->removed = arg;
        return 0;
    case OPTION_JSON:
        arguments->json = true;
        arguments->list = true;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->path != NULL) {
            argp_error(state, "one root at a time");
        }
        arguments->path = arg;
        return 0;
    case ARGP_KEY_END:
        check(state, arguments);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* "FOLDER/ID.crl" */
static char *list_path(const struct vit_root *root, const char *folder)
{
    char name[VIT_ROOT_ID_LEN + 5];
    snprintf(name, sizeof(name), "%s.crl", root->id);
    return vit_path_join(folder, name);
}

/* The lists of revoked certificates that lie beside the root come with it. */
static int copy_lists(const struct vit_root *root, const char *folder)
{
    struct vit_roots lists = { 0 };
    VIT_AUTO(string) beside = vit_path_folder(root->path);
    VIT_AUTO(string) path = list_path(root, folder);
    if (beside == NULL || path == NULL) {
        return VIT_EXIT_SYSTEM;
    }
    int code = vit_roots_add_crl_folder(beside, &lists) == VIT_OK ? VIT_EXIT_OK
                                                                  : cert_fail_file(beside);
    if (code == VIT_EXIT_OK && lists.crl_len > 0 && !output_is(beside, folder)) {
        code = cert_write(path, lists.crls, lists.crl_len, 0644, true);
    }
    vit_roots_finish(&lists);
    return code;
}

static int add_root(const struct vit_root *root, const char *folder)
{
    char reason[VIT_REASON_LEN];
    if (vit_root_check(root->der, root->len, 0, reason) != VIT_OK) {
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, root->path, "%s", reason);
    }
    char *new_from = NULL;
    if (vit_folder_make(folder, &new_from) != VIT_OK) {
        return cert_fail_file(folder);
    }
    char name[VIT_ROOT_ID_LEN + 5];
    snprintf(name, sizeof(name), "%s.der", root->id);
    VIT_AUTO(string) path = vit_path_join(folder, name);
    int code = path != NULL ? cert_write(path, root->der, root->len, 0644, true) : VIT_EXIT_SYSTEM;
    if (code == VIT_EXIT_OK) {
        code = copy_lists(root, folder);
    }
    vit_folder_settle(folder, new_from);
    if (code == VIT_EXIT_OK) {
        printf("%s: trusted: %s\n", root->id, root->facts.subject);
    }
    return code;
}

static int add(const char *path, const char *folder)
{
    struct vit_roots roots = { 0 };
    switch (vit_roots_load_file(path, &roots)) {
    case VIT_OK:
        break;
    case VIT_E_IO:
        return cert_fail_file(path);
    default:
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, path, "not one certificate in DER");
    }
    int code = add_root(&roots.items[0], folder);
    vit_roots_finish(&roots);
    return code;
}

static int list_json(const struct vit_roots *roots)
{
    json_t *list = json_array();
    for (size_t i = 0; i < roots->count; i++) {
        if (roots->items[i].der != NULL) {
            json_array_append_new(list, cert_facts_json(&roots->items[i].facts));
        }
    }
    json_t *root = json_pack("{s:o}", "roots", list);
    int code = cert_print_json(root);
    json_decref(root);
    return code;
}

static int list(const struct vit_roots *roots)
{
    for (size_t i = 0; i < roots->count; i++) {
        const struct vit_root *root = &roots->items[i];
        char until[CERT_DATE_LEN];
        if (root->der == NULL) {
            printf("%s: not one certificate in DER, ignored\n", root->path);
            continue;
        }
        printf("%s  until %s  %s\n", root->id, cert_date(root->facts.not_after, until),
                root->facts.subject);
    }
    return VIT_EXIT_OK;
}

static int remove_root(const struct vit_roots *roots, const char *folder, const char *id)
{
    const struct vit_root *found = NULL;
    for (size_t i = 0; i < roots->count; i++) {
        const struct vit_root *root = &roots->items[i];
        if (root->der == NULL || strncmp(root->facts.fingerprint, id, strlen(id)) != 0) {
            continue;
        }
        if (found != NULL) {
            return vit_command_fail(VIT_EXIT_REFUSED, CERT, id, "more than one root begins so");
        }
        found = root;
    }
    if (found == NULL) {
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, id, "no such root");
    }
    VIT_AUTO(string) path = list_path(found, folder);
    if (unlink(found->path) != 0) {
        return cert_fail_file(found->path);
    }
    if (path != NULL && unlink(path) != 0 && errno != ENOENT) {
        return cert_fail_file(path);
    }
    printf("%s: trusted no longer: %s\n", found->id, found->facts.subject);
    return VIT_EXIT_OK;
}

static int run_on(const struct arguments *arguments, const char *folder)
{
    if (arguments->path != NULL) {
        return add(arguments->path, folder);
    }
    struct vit_roots roots = { 0 };
    if (vit_roots_load(folder, &roots) != VIT_OK) {
        return cert_fail_file(folder);
    }
    int code = VIT_EXIT_OK;
    if (arguments->removed != NULL) {
        code = remove_root(&roots, folder, arguments->removed);
    } else {
        code = arguments->json ? list_json(&roots) : list(&roots);
    }
    vit_roots_finish(&roots);
    return code;
}

static int run(int argc, char **argv)
{
    struct arguments arguments = { 0 };
    const struct argp argp = { .options = options,
        .parser = take,
        .args_doc = "[ROOT]",
        .doc = "Makes a root certificate (DER) trusted for this user." };
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0) {
        return VIT_EXIT_USAGE;
    }
    VIT_AUTO(string) folder = vit_trust_folder();
    if (folder == NULL) {
        return vit_command_fail(VIT_EXIT_SYSTEM, CERT, NULL,
                "neither HOME nor XDG_DATA_HOME is set");
    }
    return run_on(&arguments, folder);
}

const struct vit_command cert_trust = { "trust", "add, list and remove trusted roots", run };
