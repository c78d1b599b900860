/* SPDX-License-Identifier: MIT */
/**
 * Each function that takes a session, called with good arguments but for the one thing that a rule
 * is about: what it must refuse, and what it must leave behind then.
 */
#ifndef TESTS_CONFORMANCE_SESSION_CALL_H
#define TESTS_CONFORMANCE_SESSION_CALL_H

#include "tests/conformance/stage.h"

struct session_place {
    struct vit_device *device;
    D3D11_1DDI_HCRYPTOSESSION session;
    const struct vit_resource *staging, *picture; /* of device */
    size_t len;                                   /* of their bytes */
};

/* Functions with a result fail and leave their outputs as they were; those without one report one
 * failure, zero their outputs and leave memory that they were to write as it was. */
typedef void session_call(const struct session_place *place);

session_call refuses_get_handle, refuses_negotiate, refuses_decryption_blt, refuses_encryption_blt,
        refuses_start_refresh, refuses_finish_refresh, refuses_read_back_key, refuses_destroy;

/* The stage's own resources, with another session. */
struct session_place session_place_of(const struct stage *stage, D3D11_1DDI_HCRYPTOSESSION session);

/* A session of the stage's device that was destroyed; its memory is still there. */
D3D11_1DDI_HCRYPTOSESSION session_destroyed(struct stage *stage);

/* One rule for each function that needs a keyed session, and one for each that takes a session. */
#define RULES_OF_KEYED_CALLS(rule_of)                                                              \
    rule_of(decryption_blt, "DecryptionBlt", "PFND3D11_1DDI_DECRYPTIONBLT");                       \
    rule_of(encryption_blt, "EncryptionBlt", "PFND3D11_1DDI_ENCRYPTIONBLT");                       \
    rule_of(start_refresh, "StartSessionKeyRefresh", "PFND3D11_1DDI_STARTSESSIONKEYREFRESH");      \
    rule_of(finish_refresh, "FinishSessionKeyRefresh", "PFND3D11_1DDI_FINISHSESSIONKEYREFRESH");   \
    rule_of(read_back_key, "GetEncryptionBltKey", "PFND3D11_1DDI_GETENCRYPTIONBLTKEY")

#define RULES_OF_CALLS(rule_of)                                                                    \
    RULES_OF_KEYED_CALLS(rule_of);                                                                 \
    rule_of(get_handle, "CryptoSessionGetHandle", "PFND3D11_1DDI_CRYPTOSESSIONGETHANDLE");         \
    rule_of(negotiate, "NegotiateCryptoSessionKeyExchange",                                        \
            "PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYESCHANGE");                                    \
    rule_of(destroy, "DestroyCryptoSession", "PFND3D11_1DDI_DESTROYCRYPTOSESSION")

#endif
