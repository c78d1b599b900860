/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/cert.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/vitrine/file.h"

static const struct vit_command *const commands[] = {
    &cert_init,
    &cert_issue,
    &cert_show,
    &cert_verify,
    &cert_trust,
    &cert_revoke,
    NULL,
};

static int run(int argc, char **argv)
{
    return vit_command_dispatch("Certificates of devices.", commands, argc, argv);
}

const struct vit_command vit_command_cert = { "cert",
    "make, issue, show, verify, trust and revoke certificates", run };

long cert_take_number(const char *text, long min, long max, const char *what,
        struct argp_state *state)
{
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < min || value > max) {
        argp_error(state, "%s must be a number from %ld to %ld, not '%s'", what, min, max, text);
    }
    return value;
}

enum vit_custody cert_take_custody(const char *text, struct argp_state *state)
{
    if (strcmp(text, vit_custody_name(VIT_CUSTODY_DEVICE)) == 0) {
        return VIT_CUSTODY_DEVICE;
    }
    if (strcmp(text, vit_custody_name(VIT_CUSTODY_DRIVER)) != 0) {
        argp_error(state, "--custody is driver or device, not '%s'", text);
    }
    return VIT_CUSTODY_DRIVER;
}

int cert_print_json(const json_t *json)
{
    if (json == NULL || json_dumpf(json, stdout, JSON_INDENT(2)) != 0) {
        return vit_command_fail(VIT_EXIT_SYSTEM, CERT, NULL, "JSON cannot be written");
    }
    putchar('\n');
    return VIT_EXIT_OK;
}

enum { OPTION_PASSPHRASE = 0x100, OPTION_PASSPHRASE_FD };

static const struct argp_option secret_options[] = {
    { "passphrase", OPTION_PASSPHRASE, NULL, 0,
            "Protect new keys by a passphrase that is asked for on the terminal", 0 },
    { "passphrase-fd", OPTION_PASSPHRASE_FD, "N", 0,
            "Protect new keys by the passphrase that can be read from descriptor N", 0 },
    { 0 },
};

static error_t take_secret(int key, char *arg, struct argp_state *state)
{
    struct cert_secret *secret = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        secret->fd = VIT_PASSPHRASE_NO_FD;
        return 0;
    case OPTION_PASSPHRASE:
        secret->wanted = true;
        return 0;
    case OPTION_PASSPHRASE_FD:
        secret->wanted = true;
        secret->fd = (int)cert_take_number(arg, 0, INT32_MAX, "--passphrase-fd", state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cert_secret_argp = { .options = secret_options, .parser = take_secret };

int cert_fail_file(const char *path)
{
    if (errno == EEXIST) {
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, path, "exists; --force replaces it");
    }
    return vit_command_fail(VIT_EXIT_SYSTEM, CERT, path, "%s", strerror(errno));
}

int cert_read_chain(const char *path, struct vit_chain **chain)
{
    VIT_AUTO(bytes) bytes = NULL;
    size_t len = 0;
    if (vit_file_read(path, VIT_CHAIN_MAX_LEN, &bytes, &len) != VIT_OK) {
        return cert_fail_file(path);
    }
    if (vit_chain_parse(bytes, len, chain) != VIT_OK) {
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, path, "not 1 to %d certificates in DER",
                VIT_CHAIN_MAX_COUNT);
    }
    return VIT_EXIT_OK;
}

int cert_read_pair(const char *path, int fd, struct vit_pair **pair)
{
    enum { KEY_FILE_MAX = 65536 };
    uint8_t *pem = NULL;
    size_t len = 0;
    if (vit_file_read(path, KEY_FILE_MAX, &pem, &len) != VIT_OK) {
        return cert_fail_file(path);
    }
    struct vit_passphrase_source source = { fd, path };
    bool encrypted = vit_pair_is_encrypted(pem, len);
    enum vit_status status = vit_pair_read(pem, len, vit_passphrase_ask, &source, pair);
    vit_pem_free((char *)pem, len);
    if (status != VIT_OK) {
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, path,
                encrypted ? "wrong or missing passphrase" : "not a private RSA key in PEM");
    }
    return VIT_EXIT_OK;
}

static int fail_output(const char *path, enum vit_status status)
{
    return status == VIT_E_IO ? cert_fail_file(path) : vit_command_fail_output(CERT, path, status);
}

int cert_write(const char *path, const void *bytes, size_t len, mode_t mode, bool force)
{
    enum vit_status status = vit_file_write(path, bytes, len, mode, force);
    return status == VIT_OK ? VIT_EXIT_OK : fail_output(path, status);
}

int cert_new_passphrase(const struct cert_secret *secret, const char *what,
        struct vit_passphrase *passphrase)
{
    enum vit_status status =
            secret->wanted ? vit_passphrase_new(secret->fd, what, passphrase) : VIT_OK;
    switch (status) {
    case VIT_OK:
        return VIT_EXIT_OK;
    case VIT_E_IO:
        return vit_command_fail(VIT_EXIT_SYSTEM, CERT, what, "the passphrase cannot be read");
    default:
        return vit_command_fail(VIT_EXIT_REFUSED, CERT, what,
                "the passphrase is empty, too long or not the same twice");
    }
}

int cert_files_add(struct cert_files *files, const char *path, const void *bytes, size_t len,
        mode_t mode)
{
    assert(files->count < sizeof(files->items) / sizeof(files->items[0]));
    struct output *output = &files->items[files->count++];
    enum vit_status status = vit_file_begin(path, bytes, len, mode, files->force, output);
    return status == VIT_OK ? VIT_EXIT_OK : fail_output(path, status);
}

int cert_files_add_key(struct cert_files *files, const char *path, const struct vit_pair *pair,
        const struct vit_passphrase *passphrase)
{
    char *pem = NULL;
    size_t len = 0;
    const char *text = passphrase != NULL ? passphrase->text : NULL;
    size_t text_len = passphrase != NULL ? passphrase->len : 0;
    enum vit_status status = vit_pair_write(pair, text, text_len, &pem, &len);
    if (status != VIT_OK) {
        return vit_command_fail(VIT_EXIT_SYSTEM, CERT, path, "%s", vit_status_name(status));
    }
    int code = cert_files_add(files, path, pem, len, 0600);
    vit_pem_free(pem, len);
    return code;
}

int cert_files_commit(struct cert_files *files)
{
    for (unsigned i = 0; i < files->count; i++) {
        enum vit_status status = output_commit(&files->items[i]);
        if (status == VIT_OK) {
            continue;
        }
        int code = fail_output(files->items[i].path, status);
        while (!files->force && i-- > 0) {
            unlink(files->items[i].path); /* new, and worth nothing alone */
        }
        return code;
    }
    return VIT_EXIT_OK;
}

void cert_files_finish(struct cert_files *files)
{
    for (unsigned i = 0; i < files->count; i++) {
        output_finish(&files->items[i]);
    }
}

int cert_need_free(const char *const *paths, bool force)
{
    for (int i = 0; paths[i] != NULL; i++) {
        enum vit_status status = output_check(paths[i], force);
        if (status != VIT_OK) {
            return fail_output(paths[i], status);
        }
    }
    return VIT_EXIT_OK;
}

int cert_need_other(const char *const *paths, const char *const *inputs, unsigned input_count)
{
    for (int i = 0; paths[i] != NULL; i++) {
        for (unsigned j = 0; j < input_count; j++) {
            if (output_is(paths[i], inputs[j])) {
                return vit_command_fail_input(CERT, paths[i]);
            }
        }
    }
    return VIT_EXIT_OK;
}

error_t cert_take_terms(int key, char *arg, struct argp_state *state, struct cert_terms *terms)
{
    switch (key) {
    case 'd':
        terms->folder = arg;
        return 0;
    case 'n':
        terms->name = arg;
        return 0;
    case 'f':
        terms->force = true;
        return 0;
    case CERT_OPTION_DAYS:
        terms->days = (unsigned)cert_take_number(arg, 1, VIT_CERT_DAYS_MAX, "--days", state);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "nothing to be done with '%s'", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

char *cert_folder(const char *given)
{
    char *folder = given != NULL ? strdup(given) : vit_data_path(NULL);
    if (folder == NULL) {
        vit_command_fail(VIT_EXIT_SYSTEM, CERT, NULL,
                "neither HOME nor XDG_DATA_HOME is set: say --dir");
    }
    return folder;
}

const char *cert_date(int64_t seconds, char text[CERT_DATE_LEN])
{
    time_t when = (time_t)seconds;
    struct tm parts;
    if (gmtime_r(&when, &parts) == NULL ||
            strftime(text, CERT_DATE_LEN, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        snprintf(text, CERT_DATE_LEN, "?");
    }
    return text;
}
