/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/revocation.h"

#include <errno.h>
#include <string.h>

#include "tools/vitrine/command.h"
#include "tools/vitrine/file.h"

enum { OPTION_CRL = 0x380, OPTION_NO_REVOCATION };

static const struct argp_option list[] = {
    { "crl", OPTION_CRL, "FILE", 0,
            "list of revoked certificates (those beside the root, or with the trusted roots)", 21 },
    { "no-revocation", OPTION_NO_REVOCATION, NULL, 0, "do not ask whether a certificate is revoked",
            21 },
    { 0 },
};

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct revocation_options *options = state->input;
    switch (option) {
    case OPTION_CRL:
        if (options->count == sizeof(options->files) / sizeof(options->files[0])) {
            argp_error(state, "%s: too many lists", text);
        }
        options->files[options->count++] = text;
        return 0;
    case OPTION_NO_REVOCATION:
        options->none = true;
        return 0;
    case ARGP_KEY_END:
        if (options->none && options->count > 0) {
            argp_error(state, "--crl and --no-revocation exclude each other");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp revocation_argp = { .options = list, .parser = parse };

static enum vit_status load_beside(const char *root, struct vit_roots *roots)
{
    VIT_AUTO(string) folder = vit_path_folder(root);
    return folder != NULL ? vit_roots_add_crl_folder(folder, roots) : VIT_E_NOMEM;
}

static enum vit_status load_own(struct vit_roots *roots)
{
    VIT_AUTO(string) trusted = vit_trust_folder();
    VIT_AUTO(string) authority = vit_data_path(NULL);
    if (trusted != NULL) {
        VIT_TRY(vit_roots_add_crl_folder(trusted, roots));
    }
    return authority != NULL ? vit_roots_add_crl_folder(authority, roots) : VIT_OK;
}

static enum vit_status load(const struct revocation_options *options, const char *root,
        struct vit_roots *roots, const char **subject)
{
    for (unsigned i = 0; i < options->count; i++) {
        *subject = options->files[i];
        VIT_TRY(vit_roots_add_crl(options->files[i], roots));
    }
    if (options->count > 0) {
        return VIT_OK;
    }
    *subject = root;
    return root != NULL ? load_beside(root, roots) : load_own(roots);
}

int revocation_load(const struct revocation_options *options, const char *command, const char *root,
        struct vit_roots *roots)
{
    const char *subject = NULL;
    roots->no_revocation = options->none;
    enum vit_status status = options->none ? VIT_OK : load(options, root, roots, &subject);
    return status == VIT_OK
            ? VIT_EXIT_OK
            : vit_command_fail(VIT_EXIT_SYSTEM, command, subject,
                      "lists of revoked certificates cannot be read: %s",
                      status == VIT_E_IO ? strerror(errno) : vit_status_name(status));
}
