/* SPDX-License-Identifier: MIT */
/* Making and ending sessions. */
#include "tests/conformance/stage.h"

RULE_GROUP(session, "Crypto sessions");

RULE(session, shows_a_frame, "CP-2.4-04 CP-2.4-12 CP-2.5-20",
        "A keyed session without a decode profile decrypts a frame into protected memory",
        "PFND3D11_1DDI_CREATECRYPTOSESSION")
{
    struct stage stage;
    stage_open(&stage);
    stage_close(&stage);
}
