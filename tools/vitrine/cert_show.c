/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>

#include "tools/vitrine/cert.h"
#include "tools/vitrine/file.h"

enum { OPTION_JSON = 0x200 };

struct arguments {
    const char *path;
    bool json;
};

static const struct argp_option options[] = {
    { "json", OPTION_JSON, NULL, 0, "Print JSON", 0 },
    { 0 },
};

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_JSON:
        arguments->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->path != NULL) {
            argp_error(state, "one file at a time");
        }
        arguments->path = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no file");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char *custody_of(const struct vit_cert_facts *facts)
{
    return facts->custody != 0 ? vit_custody_name(facts->custody) : "none";
}

static void print_text(unsigned index, const struct vit_cert_facts *facts)
{
    char from[CERT_DATE_LEN];
    char to[CERT_DATE_LEN];
    if (index > 0) {
        putchar('\n');
    }
    printf("certificate  %u%s\n", index, facts->is_ca ? " (CA)" : "");
    printf("subject      %s\n", facts->subject);
    printf("issuer       %s\n", facts->issuer);
    printf("serial       %s\n", facts->serial);
    printf("valid        %s to %s\n", cert_date(facts->not_before, from),
            cert_date(facts->not_after, to));
    printf("key          %s, %u bits\n", facts->is_rsa ? "RSA" : "not RSA", facts->key_bits);
    printf("signature    %s\n", facts->signature);
    if (!facts->is_ca) {
        printf("custody      %s\n", custody_of(facts));
    }
    printf("sha256       %s\n", facts->fingerprint);
}

json_t *cert_facts_json(const struct vit_cert_facts *facts)
{
    char from[CERT_DATE_LEN];
    char to[CERT_DATE_LEN];
    json_t *custody =
            facts->custody != 0 ? json_string(vit_custody_name(facts->custody)) : json_null();
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:s, s:b, s:o, s:s}", "subject",
            facts->subject, "issuer", facts->issuer, "serial", facts->serial, "not_before",
            cert_date(facts->not_before, from), "not_after", cert_date(facts->not_after, to), "rsa",
            facts->is_rsa, "key_bits", (int)facts->key_bits, "signature", facts->signature, "ca",
            facts->is_ca, "custody", custody, "sha256", facts->fingerprint);
}

static int print_json(const struct vit_chain *chain)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < vit_chain_count(chain); i++) {
        struct vit_cert_facts facts;
        if (vit_chain_describe(chain, i, &facts) == VIT_OK) {
            json_array_append_new(list, cert_facts_json(&facts));
        }
    }
    json_t *root = json_pack("{s:o}", "certificates", list);
    int code = cert_print_json(root);
    json_decref(root);
    return code;
}

static int run(int argc, char **argv)
{
    struct arguments arguments = { 0 };
    const struct argp argp = { .options = options,
        .parser = take,
        .args_doc = "FILE",
        .doc = "Shows what the certificates of a DER file say of themselves, unverified." };
    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0) {
        return VIT_EXIT_USAGE;
    }
    VIT_AUTO(chain) chain = NULL;
    int code = cert_read_chain(arguments.path, &chain);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    if (arguments.json) {
        return print_json(chain);
    }
    for (unsigned i = 0; i < vit_chain_count(chain); i++) {
        struct vit_cert_facts facts;
        if (vit_chain_describe(chain, i, &facts) != VIT_OK) {
            return VIT_EXIT_SYSTEM;
        }
        print_text(i, &facts);
    }
    return VIT_EXIT_OK;
}

const struct vit_command cert_show = { "show", "show what certificates say", run };
