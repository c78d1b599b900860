/* SPDX-License-Identifier: MIT */
#include <vitrine.h>

#include <cstring>

int main()
{
    uint8_t iv[VITRINE_IV_LEN];
    if (vitrine_iv_bytes(1, 2, iv) != VITRINE_OK || iv[7] != 1 || iv[15] != 2) {
        return 1;
    }
    return std::strcmp(vitrine_status_name(VITRINE_E_REFUSED), "refused");
}
