/* SPDX-License-Identifier: MIT */
/* What the sub-commands of "vitrine cert" share. Functions that return int return an exit code and
 * have said why when it is not VIT_EXIT_OK. */
#ifndef TOOLS_VITRINE_CERT_H
#define TOOLS_VITRINE_CERT_H

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "certs/authority.h"
#include "certs/chain.h"
#include "certs/crl.h"
#include "certs/describe.h"
#include "tools/vitrine/command.h"
#include "tools/vitrine/output.h"
#include "tools/vitrine/passphrase.h"

#define CERT "vitrine cert"

extern const struct vit_command cert_init;
extern const struct vit_command cert_issue;
extern const struct vit_command cert_show;
extern const struct vit_command cert_verify;
extern const struct vit_command cert_trust;
extern const struct vit_command cert_revoke;

/* How a new key is to be protected. */
struct cert_secret {
    bool wanted;
    int fd; /* VIT_PASSPHRASE_NO_FD: the terminal */
};

/* --passphrase and --passphrase-fd, as a child parser whose input is a struct cert_secret. */
extern const struct argp cert_secret_argp;

/* Ends the program with a usage error unless text is a whole number in the range. */
long cert_take_number(const char *text, long min, long max, const char *what,
        struct argp_state *state);

/* "driver" or "device", or a usage error. */
enum vit_custody cert_take_custody(const char *text, struct argp_state *state);

/* On standard output, indented. NULL is "out of memory". */
int cert_print_json(const json_t *json);
json_t *cert_facts_json(const struct vit_cert_facts *facts);

/* Why errno, or an existing file that may not be replaced. */
int cert_fail_file(const char *path);

int cert_read_chain(const char *path, struct vit_chain **chain);
int cert_write(const char *path, const void *bytes, size_t len, mode_t mode, bool force);

/* A private key that signs; fd as in struct vit_passphrase_source. */
int cert_read_pair(const char *path, int fd, struct vit_pair **pair);

/* Days until an authority's next list of revoked certificates. */
enum { CERT_CRL_DAYS = 30, CERT_ROOT_CRL_DAYS = 365 };
/* An authority's list; *der is NULL when there is none yet. */
int cert_crl_read(const char *path, uint8_t **der, size_t *len);
int cert_crl_make(const char *path, const struct vit_issuer *issuer,
        const struct vit_crl_terms *terms, uint8_t **der, size_t *len);
/* The next one when the one there has less than half of its time left; else *der is NULL. */
int cert_crl_renew(const char *path, const struct vit_issuer *issuer, uint8_t **der, size_t *len);

/* Files that appear together, when the last of them is on the disk. */
struct cert_files {
    bool force;
    unsigned count;
    struct output items[8];
};
int cert_files_add(struct cert_files *files, const char *path, const void *bytes, size_t len,
        mode_t mode);
/* passphrase NULL: in the clear. */
int cert_files_add_key(struct cert_files *files, const char *path, const struct vit_pair *pair,
        const struct vit_passphrase *passphrase);
int cert_files_commit(struct cert_files *files);
void cert_files_finish(struct cert_files *files);

/* Asks for one if it is wanted. The caller wipes. */
int cert_new_passphrase(const struct cert_secret *secret, const char *what,
        struct vit_passphrase *passphrase);

/* Refuses when one of these (NULL at the end) is there already, or with force, cannot be replaced. */
int cert_need_free(const char *const *paths, bool force);
/* Refuses when one of these is one of the files that are read; in those, NULL says nothing. */
int cert_need_other(const char *const *paths, const char *const *inputs, unsigned input_count);

/* -d, -n, -f and --days, which init and issue have. */
struct cert_terms {
    const char *folder;
    const char *name;
    unsigned days;
    bool force;
};
enum { CERT_OPTION_DAYS = 0x280 };
error_t cert_take_terms(int key, char *arg, struct argp_state *state, struct cert_terms *terms);

/* This folder, or the user's own; to be freed. NULL: said why. */
char *cert_folder(const char *given);

/* "2030-01-31T12:00:00Z" */
enum { CERT_DATE_LEN = 32 };
const char *cert_date(int64_t seconds, char text[CERT_DATE_LEN]);

#endif
