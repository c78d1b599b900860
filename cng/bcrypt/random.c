/* SPDX-License-Identifier: MIT */
#include "crypto/random.h"

#include "base/irql.h"
#include "cng/bcrypt/provider.h"
#include "cng/bcrypt/reply.h"

enum {
    CHUNK_LEN = 1 << 20,
    FLAGS_KNOWN = BCRYPT_RNG_USE_ENTROPY_IN_BUFFER | BCRYPT_USE_SYSTEM_PREFERRED_RNG,
};

/* There is one generator; the flag stands for its handle, which must then be absent. */
static NTSTATUS check_generator(BCRYPT_ALG_HANDLE handle, ULONG flags)
{
    bool preferred = (flags & BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0;
    if (handle == NULL) {
        bool allowed = preferred && vit_irql_current() < VIT_IRQL_DISPATCH;
        return allowed ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
    }
    VIT_AUTO(bcrypt_provider) provider = vit_bcrypt_provider_get(handle);
    if (provider == NULL || provider->algorithm->interface != BCRYPT_RNG_INTERFACE) {
        return STATUS_INVALID_HANDLE;
    }
    return preferred ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

/* What is in the buffer is not taken as entropy: nobody can tell how much of it there is. */
NTSTATUS WINAPI BCryptGenRandom(BCRYPT_ALG_HANDLE hAlgorithm, PUCHAR pbBuffer, ULONG cbBuffer,
        ULONG dwFlags)
{
    NTSTATUS status = check_generator(hAlgorithm, dwFlags);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (pbBuffer == NULL || (dwFlags & ~(ULONG)FLAGS_KNOWN) != 0 ||
            !vit_irql_may_touch(pbBuffer, cbBuffer)) {
        return STATUS_INVALID_PARAMETER;
    }
    for (ULONG done = 0; done < cbBuffer && NT_SUCCESS(status);) {
        ULONG len = cbBuffer - done < CHUNK_LEN ? cbBuffer - done : CHUNK_LEN;
        status = vit_bcrypt_status(vit_random(pbBuffer + done, len));
        done += len;
    }
    return status;
}
