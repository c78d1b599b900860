/* SPDX-License-Identifier: MIT */
/* PKCS#11 with its names in lower case, so that no macro of its header touches ours. */
#ifndef CNG_KSP_TOKEN_PKCS11_H
#define CNG_KSP_TOKEN_PKCS11_H

#define CRYPTOKI_GNU 1

#include <stddef.h>

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#endif
