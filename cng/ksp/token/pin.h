/* SPDX-License-Identifier: MIT */
#ifndef CNG_KSP_TOKEN_PIN_H
#define CNG_KSP_TOKEN_PIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "cng/ksp/token/pkcs11.h"

/* With the PIN in it, which p11-kit would leave in memory. */
void vit_token_uri_free(P11KitUri *uri);
VIT_DEFINE_AUTO(token_uri, P11KitUri *, vit_token_uri_free)

/* The PIN that a PKCS#11 URI carries: pin-value, or the first line of the file of pin-source.
 * uri may be NULL. pin: capacity bytes of secret memory; ends with a NUL. false: there is none. */
bool vit_token_pin_of_uri(const char *uri, char *pin, size_t capacity);

#endif
