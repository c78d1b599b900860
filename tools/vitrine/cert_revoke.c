/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/vitrine/cert.h"
#include "tools/vitrine/file.h"

enum { OPTION_SERIAL = 0x200, OPTION_CERTIFICATE, OPTION_ISSUER, OPTION_AUTHORITY_FD };

enum which { NOT_SAID = -1, ROOT, INTERMEDIATE, COUNT };

static const char *const names[COUNT] = { "root", "intermediate" };

struct arguments {
    const char *folder;
    const char *certificate;
    uint8_t serial[VIT_CRL_SERIAL_MAX_LEN];
    size_t serial_len; /* 0: not given */
    enum which issuer;
    unsigned days; /* 0: as usual */
    int fd;
};

static const struct argp_option options[] = {
    { "dir", 'd', "DIR", 0, "Folder of the authority (default: $XDG_DATA_HOME/vitrine)", 0 },
    { "certificate", OPTION_CERTIFICATE, "FILE", 0, "Revoke this chain's first certificate", 0 },
    { "serial", OPTION_SERIAL, "HEX", 0, "Revoke the certificate with this serial number", 0 },
    { "issuer", OPTION_ISSUER, "root|intermediate", 0,
            "Who issued that serial number (default: intermediate)", 0 },
    { "days", CERT_OPTION_DAYS, "N", 0,
            "Days until the next list (default: 365 root, 30 intermediate)", 0 },
    { "authority-passphrase-fd", OPTION_AUTHORITY_FD, "N", 0,
            "Read the passphrase of the authority's key from descriptor N", 0 },
    { 0 },
};

/* "0a1B", of any even or odd number of digits. */
static bool read_serial(const char *text, struct arguments *arguments)
{
    size_t digits = strlen(text);
    size_t len = (digits + 1) / 2;
    if (digits == 0 || len > VIT_CRL_SERIAL_MAX_LEN ||
            strspn(text, "0123456789abcdefABCDEF") != digits) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        size_t from = i == 0 ? 0 : 2 * i - digits % 2;
        size_t count = i == 0 && digits % 2 == 1 ? 1 : 2;
        char part[3] = { 0 };
        memcpy(part, text + from, count);
        arguments->serial[i] = (uint8_t)strtoul(part, NULL, 16);
    }
    arguments->serial_len = len;
    return true;
}

static enum which take_issuer(const char *text, struct argp_state *state)
{
    for (int i = 0; i < COUNT; i++) {
        if (strcmp(text, names[i]) == 0) {
            return (enum which)i;
        }
    }
    argp_error(state, "--issuer is root or intermediate, not '%s'", text);
    return NOT_SAID;
}

static void check(struct argp_state *state, const struct arguments *arguments)
{
    if (arguments->certificate != NULL && arguments->serial_len > 0) {
        argp_error(state, "--certificate and --serial exclude each other");
    }
    if (arguments->issuer != NOT_SAID && arguments->serial_len == 0) {
        argp_error(state, "--issuer goes with --serial");
    }
}

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'd':
        arguments->folder = arg;
        return 0;
    case OPTION_CERTIFICATE:
        arguments->certificate = arg;
        return 0;
    case OPTION_SERIAL:
        if (!read_serial(arg, arguments)) {
            argp_error(state, "'%s' is not a serial number in hexadecimal digits", arg);
        }
        return 0;
    case OPTION_ISSUER:
        arguments->issuer = take_issuer(arg, state);
        return 0;
    case CERT_OPTION_DAYS:
        arguments->days = (unsigned)cert_take_number(arg, 1, VIT_CERT_DAYS_MAX, "--days", state);
        return 0;
    case OPTION_AUTHORITY_FD:
        arguments->fd =
                (int)cert_take_number(arg, 0, INT32_MAX, "--authority-passphrase-fd", state);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "nothing to be done with '%s'", arg);
        return 0;
    case ARGP_KEY_END:
        check(state, arguments);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* DIR/root.* or DIR/intermediate.* */
struct authority {
    enum which which;
    char *der_path, *key_path, *crl_path;
    struct vit_chain *chain;
};

static void finish_authority(struct authority *authority)
{
    free(authority->der_path);
    free(authority->key_path);
    free(authority->crl_path);
    vit_chain_destroy(authority->chain);
}

static char *path_of(const char *folder, enum which which, const char *suffix)
{
    char name[32];
    snprintf(name, sizeof(name), "%s%s", names[which], suffix);
    return vit_path_join(folder, name);
}

static int open_authority(const char *folder, enum which which, struct authority *authority)
{
    *authority = (struct authority){ .which = which,
        .der_path = path_of(folder, which, ".der"),
        .key_path = path_of(folder, which, ".key"),
        .crl_path = path_of(folder, which, ".crl") };
    if (authority->der_path == NULL || authority->key_path == NULL || authority->crl_path == NULL) {
        return VIT_EXIT_SYSTEM;
    }
    return cert_read_chain(authority->der_path, &authority->chain);
}

static int write_list(const struct arguments *arguments, const struct authority *authority,
        const struct vit_pair *pair)
{
    const struct vit_issuer issuer = { authority->chain, pair };
    VIT_AUTO(bytes) previous = NULL;
    VIT_AUTO(bytes) der = NULL;
    size_t previous_len = 0;
    size_t len = 0;
    unsigned usual = authority->which == ROOT ? CERT_ROOT_CRL_DAYS : CERT_CRL_DAYS;
    int code = cert_crl_read(authority->crl_path, &previous, &previous_len);
    const struct vit_crl_terms terms = { .previous = previous,
        .previous_len = previous_len,
        .serial = arguments->serial_len > 0 ? arguments->serial : NULL,
        .serial_len = arguments->serial_len,
        .days = arguments->days != 0 ? arguments->days : usual };
    if (code == VIT_EXIT_OK) {
        code = cert_crl_make(authority->crl_path, &issuer, &terms, &der, &len);
    }
    if (code == VIT_EXIT_OK) {
        code = cert_write(authority->crl_path, der, len, 0644, true);
    }
    struct vit_crl_facts facts;
    if (code == VIT_EXIT_OK && vit_crl_describe(der, len, &facts) == VIT_OK) {
        char until[CERT_DATE_LEN];
        printf("%s: %u revoked, next list by %s\n", authority->crl_path, facts.count,
                cert_date(facts.next_update, until));
    }
    return code;
}

static int next_list(const struct arguments *arguments, const struct authority *authority)
{
    VIT_AUTO(pair) pair = NULL;
    int code = cert_read_pair(authority->key_path, arguments->fd, &pair);
    return code == VIT_EXIT_OK ? write_list(arguments, authority, pair) : code;
}

static int next_list_of(const struct arguments *arguments, const char *folder, enum which which)
{
    struct authority authority;
    int code = open_authority(folder, which, &authority);
    if (code == VIT_EXIT_OK) {
        code = next_list(arguments, &authority);
    }
    finish_authority(&authority);
    return code;
}

/* The root's key may be kept elsewhere. */
static int renew_all(const struct arguments *arguments, const char *folder)
{
    VIT_AUTO(string) root_key = path_of(folder, ROOT, ".key");
    int code = next_list_of(arguments, folder, INTERMEDIATE);
    if (code != VIT_EXIT_OK || root_key == NULL) {
        return code;
    }
    if (access(root_key, F_OK) != 0 && errno == ENOENT) {
        printf("%s: not there, so the root's list stays as it is\n", root_key);
        return VIT_EXIT_OK;
    }
    return next_list_of(arguments, folder, ROOT);
}

static int revoke_certificate(struct arguments *arguments, const char *folder)
{
    VIT_AUTO(chain) chain = NULL;
    int code = cert_read_chain(arguments->certificate, &chain);
    if (code == VIT_EXIT_OK &&
            vit_chain_serial(chain, arguments->serial, &arguments->serial_len) != VIT_OK) {
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, arguments->certificate,
                "its serial number cannot be listed");
    }
    for (int which = COUNT - 1; which >= 0 && code == VIT_EXIT_OK; which--) {
        struct authority authority;
        code = open_authority(folder, (enum which)which, &authority);
        bool issued = code == VIT_EXIT_OK && vit_chain_is_issued_by(chain, authority.chain);
        if (issued) {
            code = next_list(arguments, &authority);
        }
        finish_authority(&authority);
        if (issued) {
            return code;
        }
    }
    return code != VIT_EXIT_OK ? code
                               : vit_command_fail(VIT_EXIT_REFUSED, CERT, arguments->certificate,
                                         "not issued by the authority in %s", folder);
}

static int revoke_in(struct arguments *arguments, const char *folder)
{
    if (arguments->certificate != NULL) {
        return revoke_certificate(arguments, folder);
    }
    if (arguments->serial_len > 0) {
        return next_list_of(arguments, folder,
                arguments->issuer == NOT_SAID ? INTERMEDIATE : arguments->issuer);
    }
    return renew_all(arguments, folder);
}

static int run(int argc, char **argv)
{
    struct arguments arguments = { .issuer = NOT_SAID, .fd = VIT_PASSPHRASE_NO_FD };
    const struct argp argp = { .options = options,
        .parser = take,
        .doc = "Revokes a certificate: writes the next list of its issuer. Without a certificate, "
               "renews the lists." };
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0) {
        return VIT_EXIT_USAGE;
    }
    VIT_AUTO(string) folder = cert_folder(arguments.folder);
    return folder != NULL ? revoke_in(&arguments, folder) : VIT_EXIT_SYSTEM;
}

const struct vit_command cert_revoke = { "revoke", "revoke a certificate, or renew the lists",
    run };
