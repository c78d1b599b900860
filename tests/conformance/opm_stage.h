/* SPDX-License-Identifier: MIT */
/**
 * Protected outputs of the kernel driver under test, by DXGK_OPM_INTERFACE, and the application that
 * commands them, by OpenSSL alone.
 */
#ifndef TESTS_CONFORMANCE_OPM_STAGE_H
#define TESTS_CONFORMANCE_OPM_STAGE_H

#include <dispmprt.h>
#include <opmapi.h>

#include "tests/conformance/rig.h"

enum {
    OPM_REQUEST_LEN = 4112,
    OPM_ANSWER_LEN = 4096,
    OPM_COMMAND_LEN = 4096,
    OPM_EXCHANGE_LEN = 40
};

struct opm_stage {
    struct rig rig;
    DXGK_OPM_INTERFACE driver;
    PVOID context; /* MiniportDeviceContext */
    uint8_t *chain;
    ULONG chain_len;
    EVP_PKEY *key; /* of its first certificate */
};

/* One protected output, and what its application knows. */
struct opm_party {
    struct opm_stage *stage;
    HANDLE handle;
    uint8_t random[16]; /* the driver's */
    uint8_t key[16];
    ULONG status_number, command_number; /* of the next request, of the next command */
    uint8_t request_random[16];          /* of the last request */
    DXGKMDT_OPM_ENCRYPTED_PARAMETERS block;
};

/* Skips the test when the host offers no OPM. */
void opm_stage_open(struct opm_stage *stage);
/* The same without a certificate. */
void opm_stage_open_bare(struct opm_stage *stage);
void opm_stage_close(struct opm_stage *stage);

/* Each goes one step further. */
void opm_create(struct opm_stage *stage, struct opm_party *party);
void opm_get_random(struct opm_party *party);
/* The first len bytes of random number, key, both numbers, and 0xa5 ever after. */
void opm_make_block(struct opm_party *party, size_t len);
NTSTATUS opm_set_key(struct opm_party *party, const DXGKMDT_OPM_ENCRYPTED_PARAMETERS *block);
/* All of it; asserts that it works. */
void opm_open(struct opm_stage *stage, struct opm_party *party);
/* With numbers of the test's choice. */
void opm_open_at(struct opm_stage *stage, struct opm_party *party, ULONG status_number,
        ULONG command_number);
void opm_destroy(struct opm_party *party);

/* Fill in a message with the next number, which stays the next until opm_ask() or opm_configure(). */
void opm_request(struct opm_party *party, const GUID *guid, const void *parameters, ULONG len,
        DXGKMDT_OPM_GET_INFO_PARAMETERS *request);
void opm_command(const struct opm_party *party, const GUID *guid, const void *parameters, ULONG len,
        DXGKMDT_OPM_CONFIGURE_PARAMETERS *command);
/* The OMAC of what follows the first 16 bytes. */
void opm_sign(const struct opm_party *party, void *message, size_t len);

NTSTATUS opm_ask(struct opm_party *party, const DXGKMDT_OPM_GET_INFO_PARAMETERS *request,
        DXGKMDT_OPM_REQUESTED_INFORMATION *answer);
NTSTATUS opm_configure(struct opm_party *party, const DXGKMDT_OPM_CONFIGURE_PARAMETERS *command,
        const void *additional, ULONG additional_len);

/* Asks and asserts that the answer is signed, of that length, for this request, zero behind it. */
void opm_get(struct opm_party *party, const GUID *guid, ULONG type, void *information, ULONG len);
ULONG opm_get_number(struct opm_party *party, const GUID *guid, ULONG type);
/* Sets and returns what came of it. */
NTSTATUS opm_set(struct opm_party *party, ULONG type, ULONG level);

/* The refusals that leave everything as it is: asserts the code, and that nothing was written.
 */
void opm_expect_request_refused(struct opm_party *party,
        const DXGKMDT_OPM_GET_INFO_PARAMETERS *request, NTSTATUS wanted, const char *what);
void opm_expect_command_refused(struct opm_party *party,
        const DXGKMDT_OPM_CONFIGURE_PARAMETERS *command, NTSTATUS wanted, const char *what);
void opm_expect_alive(struct opm_party *party, const char *what);

#define expect_status(got, wanted, what)                                                           \
    do {                                                                                           \
        NTSTATUS got_ = (got);                                                                     \
        cr_assert_eq(got_, wanted, "%s: must return " #wanted " (0x%08x); it returned 0x%08x",     \
                what, (unsigned)(wanted), (unsigned)got_);                                         \
    } while (0)

#endif
