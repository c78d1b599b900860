/* SPDX-License-Identifier: MIT */
/* What the tests of the software provider's stores share: a folder of their own, people who answer,
 * and keys. They call the backend, below the function table. */
#ifndef TESTS_CNG_STORE_H
#define TESTS_CNG_STORE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cng/ksp/attributes.h"
#include "cng/ksp/software/software.h"

/* For programs without Criterion too. */
#define store_check(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define store_status(call, wanted)                                                                 \
    do {                                                                                           \
        SECURITY_STATUS store_status_ = (call);                                                    \
        if (store_status_ != (SECURITY_STATUS)(wanted)) {                                          \
            fprintf(stderr, "%s:%d: %s is 0x%08x, not %s\n", __FILE__, __LINE__, #call,            \
                    (unsigned)store_status_, #wanted);                                             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define store_success(call) store_status(call, ERROR_SUCCESS)

/* A new folder, to which all variables point: "user", "machine" and their key files are in it. */
void store_begin(void);
/* Removes it with all that is in it. */
void store_end(void);
/* A path in it, valid for some calls. */
const char *store_path(const char *name);
/* The only file of a key in a store; its name is copied. */
void store_only_file(const char *store, char path[4096]);
unsigned store_count_files(const char *store);

/* Somebody who answers. */
struct person {
    const char *answer;     /* to passphrases; NULL: says no */
    const char *new_answer; /* when one is to be chosen; NULL: answer */
    unsigned asked;
    VITRINE_NCRYPT_QUESTION_KIND kind; /* of the last question */
    char operation[32];
    WCHAR key_name[64];
    bool about_key;
};

struct vit_ksp_prompt store_prompt(struct person *person);
extern const struct vit_ksp_prompt store_silent, store_nobody;

struct vit_ksp_store *store_open(void);
void store_close(struct vit_ksp_store *store);

/* Of ECDH_P256; to be changed, not freed. */
struct vit_ksp_attributes store_attributes(LPCWSTR name);
struct vit_ksp_material *store_make(struct vit_ksp_store *store, LPCWSTR name);
SECURITY_STATUS store_try_make(struct vit_ksp_store *store, LPCWSTR name, bool overwrite);
struct vit_ksp_material *store_find(struct vit_ksp_store *store, LPCWSTR name);
/* Finds and releases. */
SECURITY_STATUS store_try_find(struct vit_ksp_store *store, LPCWSTR name);
void store_release(struct vit_ksp_material *material);
bool store_same_key(struct vit_ksp_material *a, struct vit_ksp_material *b);

/* Whole files. */
size_t store_read(const char *path, uint8_t *bytes, size_t capacity);
void store_write(const char *path, const void *bytes, size_t len);

#endif
