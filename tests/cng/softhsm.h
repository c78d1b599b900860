/* SPDX-License-Identifier: MIT */
/**
 * Tokens of SoftHSM for tests: each test has a folder of its own, and the environment points there. For
 * programs without Criterion too: what goes wrong ends the process.
 */
#ifndef TESTS_CNG_SOFTHSM_H
#define TESTS_CNG_SOFTHSM_H

#define SOFTHSM_LABEL "vitrine test"
#define SOFTHSM_PIN "2468"

/* A folder without tokens: sets SOFTHSM2_CONF and VITRINE_PKCS11_MODULE, unsets VITRINE_TOKEN. */
void softhsm_start(void);
/* One token more. To be called before a provider is opened, or after all were closed. */
void softhsm_add(const char *label, const char *pin);
/* Both. */
void softhsm_start_with_token(void);
/* Takes all tokens away, and puts them back. */
void softhsm_unplug(void);
void softhsm_plug(void);
void softhsm_stop(void);
/* A folder with all that is in it. */
void softhsm_remove(const char *path);

#endif
