/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs/verify.h"
#include "tools/vitrine/cert.h"
#include "tools/vitrine/file.h"

enum { KEY_BITS = 2048, DAYS = 825 };
enum { OPTION_KEY = 0x200, OPTION_NEW_KEY, OPTION_CSR, OPTION_AUTHORITY_FD };

struct arguments {
    struct cert_terms terms;
    const char *output;
    const char *key_uri;
    bool is_new; /* the key of key_uri is to be made */
    const char *request;
    enum vit_custody custody; /* 0: not given */
    int authority_fd;
    struct cert_secret secret;
};

static const struct argp_option options[] = {
    { "custody", 'c', "driver|device", 0, "Who is to hold the private key (required)", 0 },
    { "output", 'o', "NAME", 0, "Write NAME.der, and NAME.key for a new key (required)", 0 },
    { "dir", 'd', "DIR", 0, "Folder of the authority (default: $XDG_DATA_HOME/vitrine)", 0 },
    { "name", 'n', "NAME", 0, "Common name (default: Vitrine device)", 0 },
    { "days", CERT_OPTION_DAYS, "N", 0, "Days of validity (default: 825)", 0 },
    { "key", OPTION_KEY, "URI", 0,
            "Certify this key instead of a new one: a file, ncrypt: for key storage, or pkcs11: or "
            "another kind that OpenSSL knows; --passphrase-fd is then its passphrase",
            0 },
    { "new-key", OPTION_NEW_KEY, "URI", 0,
            "Make the key in key storage, as ncrypt:PROVIDER/NAME; --passphrase-fd is then the PIN or "
            "passphrase of where it is kept",
            0 },
    { "csr", OPTION_CSR, "FILE", 0, "Certify the key of this PKCS#10 request (PEM or DER)", 0 },
    { "authority-passphrase-fd", OPTION_AUTHORITY_FD, "N", 0,
            "Read the passphrase of DIR/intermediate.key from descriptor N", 0 },
    { "force", 'f', NULL, 0, "Replace files that exist, and the key of --new-key", 0 },
    { 0 },
};

static void check(struct argp_state *state, const struct arguments *arguments)
{
    if (arguments->custody == 0) {
        argp_error(state, "--custody is missing");
    }
    if (arguments->output == NULL || arguments->output[0] == '\0') {
        argp_error(state, "--output is missing");
    }
    if (arguments->key_uri != NULL && arguments->request != NULL) {
        argp_error(state, "--key, --new-key and --csr exclude each other");
    }
    if (arguments->is_new && strncmp(arguments->key_uri, "ncrypt:", 7) != 0) {
        argp_error(state, "--new-key takes ncrypt:PROVIDER/NAME");
    }
    if (arguments->request != NULL && arguments->secret.wanted) {
        argp_error(state, "a request has no passphrase");
    }
}

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->secret;
        return 0;
    case 'c':
        arguments->custody = cert_take_custody(arg, state);
        return 0;
    case 'o':
        arguments->output = arg;
        return 0;
    case OPTION_KEY:
    case OPTION_NEW_KEY:
        if (arguments->key_uri != NULL && arguments->is_new != (key == OPTION_NEW_KEY)) {
            argp_error(state, "--key, --new-key and --csr exclude each other");
        }
        arguments->key_uri = arg;
        arguments->is_new = key == OPTION_NEW_KEY;
        return 0;
    case OPTION_CSR:
        arguments->request = arg;
        return 0;
    case OPTION_AUTHORITY_FD:
        arguments->authority_fd =
                (int)cert_take_number(arg, 0, INT32_MAX, "--authority-passphrase-fd", state);
        return 0;
    case ARGP_KEY_END:
        check(state, arguments);
        return 0;
    default:
        return cert_take_terms(key, arg, state, &arguments->terms);
    }
}

/* What signs: DIR/intermediate.der and DIR/intermediate.key; the root is only looked at. */
struct authority {
    struct vit_chain *chain;
    struct vit_pair *pair;
    uint8_t *root; /* NULL: not in DIR */
    size_t root_len;
};

static void finish_authority(struct authority *authority)
{
    vit_chain_destroy(authority->chain);
    vit_pair_destroy(authority->pair);
    free(authority->root);
}

static int load_authority(const struct arguments *arguments, const char *folder,
        const char *const *written, struct authority *authority)
{
    VIT_AUTO(string) cert_path = vit_path_join(folder, "intermediate.der");
    VIT_AUTO(string) key_path = vit_path_join(folder, "intermediate.key");
    VIT_AUTO(string) root_path = vit_path_join(folder, "root.der");
    if (cert_path == NULL || key_path == NULL || root_path == NULL) {
        return VIT_EXIT_SYSTEM;
    }
    const char *const inputs[] = { cert_path, key_path, root_path, arguments->key_uri,
        arguments->request };
    int code = cert_need_other(written, inputs, sizeof(inputs) / sizeof(inputs[0]));
    if (code == VIT_EXIT_OK) {
        code = cert_read_chain(cert_path, &authority->chain);
    }
    if (code == VIT_EXIT_OK) {
        code = cert_read_pair(key_path, arguments->authority_fd, &authority->pair);
    }
    if (code == VIT_EXIT_OK &&
            vit_file_read(root_path, VIT_CHAIN_MAX_LEN, &authority->root, &authority->root_len) !=
                    VIT_OK) {
        return errno == ENOENT ? VIT_EXIT_OK : cert_fail_file(root_path);
    }
    return code;
}

static enum vit_status hold_key(const struct arguments *arguments, struct vit_private_key **held,
        const char **reason)
{
    const char *uri = arguments->key_uri;
    struct vit_passphrase_source source = { arguments->secret.fd, uri };
    return arguments->is_new
            ? vit_private_key_make(uri, arguments->terms.force, vit_passphrase_ask,
                      vit_passphrase_choose, &source, held, reason)
            : vit_private_key_open_or_tell(uri, vit_passphrase_ask, &source, held, reason);
}

static int fail_key(const char *uri, enum vit_status status, const char *reason)
{
    if (reason != NULL) {
        return vit_command_fail(status == VIT_E_IO ? VIT_EXIT_SYSTEM : VIT_EXIT_REFUSED, CERT, uri,
                "%s", reason);
    }
    switch (status) {
    case VIT_E_IO:
        return vit_command_fail(VIT_EXIT_SYSTEM, CERT, uri, "cannot be opened");
    case VIT_E_REFUSED:
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, uri, "not a key, or wrong passphrase");
    default:
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, uri, "not an RSA key of 2048 bits");
    }
}

static int key_of_uri(const struct arguments *arguments, struct vit_public_key **key)
{
    VIT_AUTO(private_key) held = NULL;
    const char *reason = NULL;
    enum vit_status status = hold_key(arguments, &held, &reason);
    if (status != VIT_OK) {
        return fail_key(arguments->key_uri, status, reason);
    }
    return vit_private_key_public(held, key) == VIT_OK
            ? VIT_EXIT_OK
            : fail_key(arguments->key_uri, VIT_E_UNSUPPORTED, NULL);
}

static int key_of_request(const char *path, struct vit_public_key **key)
{
    VIT_AUTO(bytes) bytes = NULL;
    size_t len = 0;
    if (vit_file_read(path, VIT_CHAIN_MAX_LEN, &bytes, &len) != VIT_OK) {
        return cert_fail_file(path);
    }
    switch (vit_request_key(bytes, len, key)) {
    case VIT_OK:
        return VIT_EXIT_OK;
    case VIT_E_REFUSED:
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, path,
                "not a request signed by the key in it");
    default:
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, path, "not an RSA key of 2048 bits");
    }
}

/* A new pair stays with the caller; of a key that is elsewhere there is only the public half. */
static int find_key(const struct arguments *arguments, struct vit_pair **pair,
        struct vit_public_key **key)
{
    if (arguments->key_uri != NULL) {
        return key_of_uri(arguments, key);
    }
    if (arguments->request != NULL) {
        return key_of_request(arguments->request, key);
    }
    if (vit_pair_generate(KEY_BITS, pair) != VIT_OK || vit_pair_public(*pair, key) != VIT_OK) {
        return vit_command_fail(VIT_EXIT_SYSTEM, CERT, NULL, "no key can be made");
    }
    return VIT_EXIT_OK;
}

struct made {
    uint8_t *der;
    size_t len;
    uint8_t *crl; /* the authority's next list; NULL: what is there still holds */
    size_t crl_len;
};

/* What was made must be what devices and players will accept. */
static int check_made(const struct authority *authority, const struct made *made,
        const char *folder)
{
    if (authority->root == NULL) {
        return VIT_EXIT_OK;
    }
    VIT_AUTO(chain) chain = NULL;
    struct vit_verified verified = { 0 };
    enum vit_status status = vit_chain_parse(made->der, made->len, &chain);
    if (status == VIT_OK) {
        status = vit_chain_verify(chain, authority->root, authority->root_len, 0, &verified);
    }
    vit_verified_finish(&verified);
    return status == VIT_OK
            ? VIT_EXIT_OK
            : vit_command_fail(VIT_EXIT_REFUSED, CERT, folder, "%s", verified.reason);
}

static int make(const struct arguments *arguments, const struct authority *authority,
        const struct vit_public_key *key, const char *folder, struct made *made)
{
    const struct vit_cert_terms terms = { arguments->terms.name, arguments->terms.days, 0 };
    const struct vit_issuer issuer = { authority->chain, authority->pair };
    switch (vit_device_issue(&issuer, key, arguments->custody, &terms, &made->der, &made->len)) {
    case VIT_OK:
        return check_made(authority, made, folder);
    case VIT_E_ARG:
        return vit_command_fail(VIT_EXIT_USAGE, CERT, NULL, "--name is too long or not UTF-8");
    case VIT_E_REFUSED:
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, folder,
                "intermediate.der cannot issue: not of intermediate.key, no CA, or not valid now");
    case VIT_E_LIMIT:
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, folder, "the chain would be too long");
    default:
        return vit_command_fail(VIT_EXIT_SYSTEM, CERT, folder, "the certificate cannot be made");
    }
}

struct paths {
    char *der;
    char *key; /* NULL: the key is elsewhere */
    char *crl; /* of the authority */
};

static int add_all(struct cert_files *files, const struct arguments *arguments,
        const struct paths *paths, const struct vit_pair *pair,
        const struct vit_passphrase *passphrase, const struct made *made)
{
    int code = VIT_EXIT_OK;
    if (pair != NULL) {
        const struct vit_passphrase *used = arguments->secret.wanted ? passphrase : NULL;
        code = cert_files_add_key(files, paths->key, pair, used);
    }
    if (code == VIT_EXIT_OK) {
        code = cert_files_add(files, paths->der, made->der, made->len, 0644);
    }
    return code;
}

/* On its own: a list may always be replaced by the next one. */
static int write_list(const struct paths *paths, const struct made *made)
{
    return made->crl == NULL ? VIT_EXIT_OK
                             : cert_write(paths->crl, made->crl, made->crl_len, 0644, true);
}

static int write_all(const struct arguments *arguments, const struct paths *paths,
        const struct vit_pair *pair, const struct vit_passphrase *passphrase,
        const struct made *made)
{
    struct cert_files files = { .force = arguments->terms.force };
    int code = add_all(&files, arguments, paths, pair, passphrase, made);
    if (code == VIT_EXIT_OK) {
        code = cert_files_commit(&files);
    }
    cert_files_finish(&files);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    printf("%s: certificate chain, custody %s\n", paths->der, vit_custody_name(arguments->custody));
    if (pair != NULL) {
        printf("%s: its private key\n", paths->key);
    }
    if (arguments->is_new) {
        printf("%s: its private key\n", arguments->key_uri);
    }
    return VIT_EXIT_OK;
}

static int make_and_write(const struct arguments *arguments, const char *folder,
        const struct paths *paths, const struct authority *authority,
        const struct vit_passphrase *passphrase)
{
    VIT_AUTO(pair) pair = NULL;
    VIT_AUTO(public_key) key = NULL;
    int code = find_key(arguments, &pair, &key);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    struct made made = { 0 };
    code = make(arguments, authority, key, folder, &made);
    if (code == VIT_EXIT_OK) {
        const struct vit_issuer issuer = { authority->chain, authority->pair };
        code = cert_crl_renew(paths->crl, &issuer, &made.crl, &made.crl_len);
    }
    if (code == VIT_EXIT_OK) {
        code = write_list(paths, &made);
    }
    if (code == VIT_EXIT_OK) {
        code = write_all(arguments, paths, pair, passphrase, &made);
    }
    free(made.der);
    free(made.crl);
    return code;
}

/* All that people may have got wrong comes before the key is made, which takes a while. */
static int issue(const struct arguments *arguments, const char *folder, const struct paths *paths,
        struct authority *authority)
{
    const char *const written[] = { paths->der, paths->key, NULL };
    int code = cert_need_free(written, arguments->terms.force);
    if (code == VIT_EXIT_OK) {
        code = load_authority(arguments, folder, written, authority);
    }
    struct vit_passphrase passphrase = { 0 };
    if (code == VIT_EXIT_OK && paths->key != NULL) {
        code = cert_new_passphrase(&arguments->secret, paths->key, &passphrase);
    }
    if (code == VIT_EXIT_OK) {
        code = make_and_write(arguments, folder, paths, authority, &passphrase);
    }
    vit_passphrase_wipe(&passphrase);
    return code;
}

static bool init_paths(const struct arguments *arguments, const char *folder, struct paths *paths)
{
    bool has_key = arguments->key_uri == NULL && arguments->request == NULL;
    *paths = (struct paths){ .crl = vit_path_join(folder, "intermediate.crl") };
    if (paths->crl == NULL) {
        return false;
    }
    if (asprintf(&paths->der, "%s.der", arguments->output) < 0) {
        free(paths->crl);
        return false;
    }
    if (has_key && asprintf(&paths->key, "%s.key", arguments->output) < 0) {
        free(paths->der);
        free(paths->crl);
        return false;
    }
    return true;
}

static const struct argp_child children[] = {
    { &cert_secret_argp, 0, NULL, 0 },
    { 0 },
};

static int run(int argc, char **argv)
{
    struct arguments arguments = { .terms = { .name = "Vitrine device", .days = DAYS },
        .authority_fd = VIT_PASSPHRASE_NO_FD };
    const struct argp argp = { .options = options,
        .parser = take,
        .children = children,
        .doc = "Issues the certificate chain of a device, with a new key unless told otherwise." };
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0) {
        return VIT_EXIT_USAGE;
    }
    VIT_AUTO(string) folder = cert_folder(arguments.terms.folder);
    struct paths paths;
    if (folder == NULL || !init_paths(&arguments, folder, &paths)) {
        return VIT_EXIT_SYSTEM;
    }
    struct authority authority = { 0 };
    int code = issue(&arguments, folder, &paths, &authority);
    finish_authority(&authority);
    free(paths.der);
    free(paths.key);
    free(paths.crl);
    return code;
}

const struct vit_command cert_issue = { "issue", "issue the certificate chain of a device", run };
