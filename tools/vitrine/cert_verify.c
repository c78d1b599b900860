/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/vitrine/cert.h"
#include "tools/vitrine/revocation.h"

enum { OPTION_JSON = 0x200, OPTION_AT };

struct arguments {
    const char *path;
    const char *root;
    enum vit_custody custody; /* 0: either */
    int64_t at;               /* 0: now */
    struct revocation_options revocation;
    bool json;
};

static const struct argp_option options[] = {
    { "root", 'r', "FILE", 0, "Trust this root only (default: the roots this user trusts)", 0 },
    { "custody", 'c', "driver|device", 0, "Demand this custody", 0 },
    { "at", OPTION_AT, "DATE", 0, "At this time, as 2030-01-31 or 2030-01-31T12:00:00Z", 0 },
    { "json", OPTION_JSON, NULL, 0, "Print JSON", 0 },
    { 0 },
};

static int64_t take_date(const char *text, struct argp_state *state)
{
    static const char *const forms[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ" };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct tm parts = { 0 };
        const char *end = strptime(text, forms[i], &parts);
        if (end != NULL && *end == '\0') {
            return (int64_t)timegm(&parts);
        }
    }
    argp_error(state, "'%s' is not a date", text);
    return 0;
}

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->revocation;
        return 0;
    case 'r':
        arguments->root = arg;
        return 0;
    case 'c':
        arguments->custody = cert_take_custody(arg, state);
        return 0;
    case OPTION_AT:
        arguments->at = take_date(arg, state);
        return 0;
    case OPTION_JSON:
        arguments->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->path != NULL) {
            argp_error(state, "one chain at a time");
        }
        arguments->path = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no chain");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int load_roots(const char *path, struct vit_roots *roots)
{
    VIT_AUTO(string) folder = path == NULL ? vit_trust_folder() : NULL;
    if (path == NULL && folder == NULL) {
        return vit_command_fail(VIT_EXIT_SYSTEM, CERT, NULL,
                "neither HOME nor XDG_DATA_HOME is set: say --root");
    }
    enum vit_status status =
            path != NULL ? vit_roots_load_file(path, roots) : vit_roots_load(folder, roots);
    switch (status) {
    case VIT_OK:
        return VIT_EXIT_OK;
    case VIT_E_IO:
        return cert_fail_file(path != NULL ? path : folder);
    default:
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, path, "not one certificate in DER");
    }
}

static int report_json(const struct vit_verified *verified, const struct vit_root *by)
{
    json_t *root = by != NULL
            ? json_pack("{s:b, s:s, s:s, s:s, s:s}", "verified", 1, "custody",
                      vit_custody_name(verified->custody), "subject", verified->subject, "serial",
                      verified->serial, "root_sha256", by->facts.fingerprint)
            : json_pack("{s:b, s:s}", "verified", 0, "reason", verified->reason);
    int code = cert_print_json(root);
    json_decref(root);
    return code != VIT_EXIT_OK || by != NULL ? code : VIT_EXIT_REFUSED;
}

static int report(const struct arguments *arguments, const struct vit_verified *verified,
        const struct vit_root *by)
{
    if (arguments->json) {
        return report_json(verified, by);
    }
    if (by == NULL) {
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, arguments->path, "%s", verified->reason);
    }
    printf("%s: verified: %s, serial %s, custody %s, root %s (%s)\n", arguments->path,
            verified->subject, verified->serial, vit_custody_name(verified->custody),
            by->facts.subject, by->id);
    return VIT_EXIT_OK;
}

static int verify(const struct arguments *arguments, const struct vit_roots *roots)
{
    VIT_AUTO(chain) chain = NULL;
    int code = cert_read_chain(arguments->path, &chain);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    struct vit_verified verified = { 0 };
    const struct vit_root *by = NULL;
    enum vit_status status = vit_roots_verify(roots, chain, arguments->at, &verified, &by);
    if (status == VIT_OK && arguments->custody != 0 && arguments->custody != verified.custody) {
        snprintf(verified.reason, sizeof(verified.reason), "custody is %s, not %s",
                vit_custody_name(verified.custody), vit_custody_name(arguments->custody));
        by = NULL;
        status = VIT_E_REFUSED;
    }
    code = status == VIT_OK || status == VIT_E_REFUSED
            ? report(arguments, &verified, by)
            : vit_command_fail(VIT_EXIT_SYSTEM, CERT, arguments->path, "%s",
                      vit_status_name(status));
    vit_verified_finish(&verified);
    return code;
}

static const struct argp_child children[] = { { .argp = &revocation_argp }, { 0 } };

static int run(int argc, char **argv)
{
    struct arguments arguments = { 0 };
    const struct argp argp = { .options = options,
        .parser = take,
        .children = children,
        .args_doc = "CHAIN",
        .doc = "Verifies the certificate chain of a device." };
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0) {
        return VIT_EXIT_USAGE;
    }
    struct vit_roots roots = { 0 };
    int code = load_roots(arguments.root, &roots);
    if (code == VIT_EXIT_OK) {
        code = revocation_load(&arguments.revocation, CERT, arguments.root, &roots);
    }
    if (code == VIT_EXIT_OK) {
        code = verify(&arguments, &roots);
    }
    vit_roots_finish(&roots);
    return code;
}

const struct vit_command cert_verify = { "verify", "verify the chain of a device", run };
