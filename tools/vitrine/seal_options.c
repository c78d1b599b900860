/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/seal_options.h"

#include <errno.h>
#include <string.h>

#include "tools/vitrine/command.h"
#include "tools/vitrine/progress.h"
#include "tools/vitrine/trust.h"

enum { OPTION_ROOT = 0x300, OPTION_CUSTODY, OPTION_FRAMES_PER_KEY };

static const struct argp_option list[] = {
    { "root", OPTION_ROOT, "FILE", 0, "root certificate to trust (the roots of vitrine cert trust)",
            20 },
    { "custody", OPTION_CUSTODY, "driver|device", 0, "who must hold the device's key (either)",
            20 },
    { "frames-per-key", OPTION_FRAMES_PER_KEY, "N", 0, "frames under one content key (30)", 20 },
    { 0 },
};

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct seal_options *options = state->input;
    char *end;
    switch (option) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->revocation;
        return 0;
    case OPTION_ROOT:
        options->root = text;
        return 0;
    case OPTION_CUSTODY:
        if (strcmp(text, "driver") != 0 && strcmp(text, "device") != 0) {
            argp_error(state, "%s: not driver or device", text);
        }
        options->custody =
                strcmp(text, "device") == 0 ? VITRINE_CUSTODY_DEVICE : VITRINE_CUSTODY_DRIVER;
        return 0;
    case OPTION_FRAMES_PER_KEY:
        options->frames_per_key = (uint32_t)strtoul(text, &end, 10);
        if (options->frames_per_key == 0 || *end != '\0') {
            argp_error(state, "%s: not a number above 0", text);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = { { .argp = &revocation_argp }, { 0 } };
const struct argp seal_argp = { .options = list, .parser = parse, .children = children };

static enum vit_status load_roots(const struct seal_options *options, struct vit_roots *roots)
{
    if (options->root != NULL) {
        return vit_roots_load_file(options->root, roots);
    }
    VIT_AUTO(string) folder = vit_trust_folder();
    return folder == NULL ? VIT_OK : vit_roots_load(folder, roots);
}

static int verify(const struct seal_options *options, const char *command,
        const struct vit_roots *roots, const uint8_t *chain_bytes, size_t chain_len,
        struct provider **provider)
{
    VIT_AUTO(chain) chain = NULL;
    struct vit_verified verified = { .reason = "not a certificate chain" };
    const struct vit_root *by = NULL;
    enum vit_status status = vit_chain_parse(chain_bytes, chain_len, &chain);
    if (status == VIT_OK) {
        status = vit_roots_verify(roots, chain, 0, &verified, &by);
    }
    if (status != VIT_OK) {
        return vit_command_fail(VIT_EXIT_REFUSED, command, "device", "not trusted: %s",
                verified.reason);
    }
    vit_verified_finish(&verified);
    struct provider_config config = { .chain = chain_bytes,
        .chain_len = chain_len,
        .root = by->der,
        .root_len = by->len,
        .crls = roots->crls,
        .crl_len = roots->crl_len,
        .no_revocation = roots->no_revocation,
        .custody = options->custody,
        .frames_per_key = options->frames_per_key };
    status = provider_create(&config, provider);
    return status == VIT_OK ? VIT_EXIT_OK
            : status == VIT_E_REFUSED
            ? VIT_EXIT_REFUSED
            : vit_command_fail(VIT_EXIT_SYSTEM, command, NULL, "%s", vit_status_name(status));
}

int seal_options_provider(const struct seal_options *options, const char *command,
        const uint8_t *chain, size_t chain_len, struct provider **provider)
{
    struct vit_roots roots = { 0 };
    enum vit_status status = load_roots(options, &roots);
    if (status == VIT_E_IO || status == VIT_E_NOMEM) {
        return vit_command_fail(VIT_EXIT_SYSTEM, command, options->root, "%s",
                status == VIT_E_IO ? strerror(errno) : vit_status_name(status));
    }
    if (status != VIT_OK) {
        return vit_command_fail(VIT_EXIT_REFUSED, command, options->root,
                "not one certificate in DER");
    }
    if (roots.count == 0) {
        return vit_command_fail(VIT_EXIT_USAGE, command, NULL,
                "no trusted root: give --root, or use vitrine cert trust");
    }
    int code = revocation_load(&options->revocation, command, options->root, &roots);
    if (code == VIT_EXIT_OK) {
        code = verify(options, command, &roots, chain, chain_len, provider);
    }
    vit_roots_finish(&roots);
    return code;
}

static void show_progress(void *context, uint32_t done, uint32_t estimate)
{
    progress_show(context, done, estimate);
}

static int not_sealed(enum vit_status status, const char *command, const char *file, FILE *out,
        const char *out_name)
{
    switch (status) {
    case VIT_E_REFUSED:
    case VIT_E_UNSUPPORTED:
        return VIT_EXIT_REFUSED;
    case VIT_E_IO:
        return ferror(out) ? vit_command_fail_output(command, out_name, status) : VIT_EXIT_SYSTEM;
    default:
        return vit_command_fail(VIT_EXIT_SYSTEM, command, file, "not sealed: %s",
                vit_status_name(status));
    }
}

int seal_options_write(struct provider *provider, const char *command, const char *file, FILE *out,
        const char *out_name, bool quiet)
{
    struct progress progress;
    progress_init(&progress, "sealing");
    progress.wanted = progress.wanted && !quiet;
    enum vit_status status = provider_seal(provider, file, out, show_progress, &progress);
    int why = errno;
    progress_finish(&progress);
    errno = why;
    return status == VIT_OK ? VIT_EXIT_OK : not_sealed(status, command, file, out, out_name);
}

void seal_options_take_file(const char **file, char *text, struct argp_state *state)
{
    if (state->arg_num > 0) {
        argp_error(state, "%s: one file only", text);
    }
    *file = text;
}
