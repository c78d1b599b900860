/* SPDX-License-Identifier: MIT */
/* "ncrypt:PROVIDER/NAME[?machine=1]": only files of crypto/ and their tests include this. */
#ifndef CRYPTO_KEY_NCRYPT_URI_H
#define CRYPTO_KEY_NCRYPT_URI_H

#include <stdbool.h>
#include <uchar.h>

#include "base/cleanup.h"
#include "base/status.h"

struct vit_ncrypt_uri {
    char16_t *provider; /* its name; what is short for one stands for itself */
    char16_t *key;
    bool machine;
};

/* @return VIT_E_ARG not of this form, or no UTF-8 behind the percent signs; VIT_E_NOMEM */
VIT_RESULT vit_ncrypt_uri_parse(const char *text, struct vit_ncrypt_uri *uri);
void vit_ncrypt_uri_finish(struct vit_ncrypt_uri *uri);

typedef struct vit_ncrypt_uri vit_auto_type_ncrypt_uri;

static inline void vit_auto_ncrypt_uri(struct vit_ncrypt_uri *uri)
{
    vit_ncrypt_uri_finish(uri);
}

#endif
