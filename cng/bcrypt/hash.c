/* SPDX-License-Identifier: MIT */
#include "cng/bcrypt/hash.h"

#include "base/irql.h"
#include "cng/bcrypt/object.h"
#include "cng/bcrypt/property.h"
#include "cng/bcrypt/provider.h"
#include "crypto/hash.h"

/* A hash that was finished and does not start again stays a handle, good for being destroyed. */
struct hash_object {
    struct vit_object base;
    struct vit_bcrypt_provider *provider;
    pthread_mutex_t lock; /* of what follows */
    struct vit_hash *hash;
    bool reusable, finished;
};

static struct hash_object *from_object(struct vit_object *object)
{
    return (struct hash_object *)object;
}

static void destroy(struct vit_object *object)
{
    struct hash_object *made = from_object(object);
    vit_hash_destroy(made->hash);
    vit_bcrypt_provider_unref(made->provider);
    pthread_mutex_destroy(&made->lock);
    free(made);
}

static NTSTATUS get_property(struct vit_object *object, LPCWSTR name,
        const struct vit_bcrypt_room *room)
{
    const struct hash_object *made = from_object(object);
    NTSTATUS status = vit_bcrypt_origin_property(made->provider, name, room);
    return status == STATUS_NOT_SUPPORTED ? vit_bcrypt_provider_property(made->provider, name, room)
                                          : status;
}

static NTSTATUS set_property(struct vit_object *object, LPCWSTR name, const UCHAR *bytes, ULONG len)
{
    (void)object;
    (void)name;
    (void)bytes;
    (void)len;
    return STATUS_NOT_SUPPORTED;
}

const struct vit_bcrypt_kind vit_bcrypt_hash_kind = {
    .base = { "hash", VIT_BCRYPT_TAG_HASH, destroy },
    .get_property = get_property,
    .set_property = set_property,
};

static struct hash_object *hash_get(BCRYPT_HASH_HANDLE handle)
{
    return from_object(vit_handle_get(handle, &vit_bcrypt_hash_kind.base));
}

static void hash_unref(struct hash_object *made)
{
    vit_object_unref(&made->base);
}

VIT_DEFINE_AUTO(hash_object, struct hash_object *, hash_unref)

/* Is there memory where the application says? */
static bool is_given(const void *memory, ULONG len)
{
    return (memory != NULL || len == 0) && vit_irql_may_touch(memory, len);
}

/* The object's own memory is ours; what an application gives for it must be enough all the same. */
static NTSTATUS check_object_room(const void *memory, ULONG len)
{
    if (!is_given(memory, len)) {
        return STATUS_INVALID_PARAMETER;
    }
    return memory != NULL && len < VIT_BCRYPT_HASH_OBJECT_LEN ? STATUS_BUFFER_TOO_SMALL
                                                              : STATUS_SUCCESS;
}

static bool is_hash_provider(const struct vit_bcrypt_provider *provider)
{
    return provider->algorithm->interface == BCRYPT_HASH_INTERFACE;
}

/* Only what takes a key may be given one. */
static NTSTATUS create_hash(const struct vit_bcrypt_provider *provider, const UCHAR *secret,
        ULONG secret_len, struct vit_hash **hash)
{
    enum vit_hash_id id = provider->algorithm->hash;
    if (!is_given(secret, secret_len)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (id == VIT_HASH_COUNT) {
        return vit_bcrypt_status(vit_cmac_create(secret, secret_len, hash));
    }
    if ((provider->flags & BCRYPT_ALG_HANDLE_HMAC_FLAG) != 0) {
        return vit_bcrypt_status(vit_hmac_create(id, secret, secret_len, hash));
    }
    if (secret_len != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    return vit_bcrypt_status(vit_hash_create(id, hash));
}

/* Takes hash. */
static NTSTATUS publish(struct vit_bcrypt_provider *provider, struct vit_hash *hash, bool reusable,
        BCRYPT_HASH_HANDLE *handle)
{
    struct hash_object *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        vit_hash_destroy(hash);
        return STATUS_NO_MEMORY;
    }
    vit_object_init(&made->base, &vit_bcrypt_hash_kind.base, provider->base.at_dispatch);
    vit_object_ref(&provider->base);
    pthread_mutex_init(&made->lock, NULL);
    made->provider = provider;
    made->hash = hash;
    made->reusable = reusable;
    NTSTATUS status = vit_bcrypt_status(vit_handle_add(&made->base, handle));
    if (!NT_SUCCESS(status)) {
        hash_unref(made);
    }
    return status;
}

NTSTATUS WINAPI BCryptCreateHash(BCRYPT_ALG_HANDLE hAlgorithm, BCRYPT_HASH_HANDLE *phHash,
        PUCHAR pbHashObject, ULONG cbHashObject, PUCHAR pbSecret, ULONG cbSecret, ULONG dwFlags)
{
    VIT_AUTO(bcrypt_provider) provider = vit_bcrypt_provider_get(hAlgorithm);
    if (provider == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (phHash == NULL || !is_given(phHash, sizeof(*phHash)) ||
            (dwFlags & ~(ULONG)BCRYPT_HASH_REUSABLE_FLAG) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (!is_hash_provider(provider)) {
        return STATUS_NOT_SUPPORTED;
    }
    NTSTATUS status = check_object_room(pbHashObject, cbHashObject);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    struct vit_hash *hash = NULL;
    status = create_hash(provider, pbSecret, cbSecret, &hash);
    bool reusable = ((dwFlags | provider->flags) & BCRYPT_HASH_REUSABLE_FLAG) != 0;
    return NT_SUCCESS(status) ? publish(provider, hash, reusable, phHash) : status;
}

NTSTATUS WINAPI BCryptHashData(BCRYPT_HASH_HANDLE hHash, PUCHAR pbInput, ULONG cbInput,
        ULONG dwFlags)
{
    VIT_AUTO(hash_object) made = hash_get(hHash);
    if (made == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (dwFlags != 0 || !is_given(pbInput, cbInput)) {
        return STATUS_INVALID_PARAMETER;
    }
    pthread_mutex_lock(&made->lock);
    NTSTATUS status = made->finished
            ? STATUS_INVALID_HANDLE
            : vit_bcrypt_status(vit_hash_update(made->hash, pbInput, cbInput));
    pthread_mutex_unlock(&made->lock);
    return status;
}

/* The digest so far; the hash goes on. */
static enum vit_status peek(const struct vit_hash *hash, UCHAR *digest)
{
    VIT_AUTO(hash) copy = NULL;
    VIT_TRY(vit_hash_copy(hash, &copy));
    return vit_hash_finish(copy, digest);
}

static NTSTATUS finish(struct hash_object *made, UCHAR *digest, ULONG len, bool go_on)
{
    if (made->finished) {
        return STATUS_INVALID_HANDLE;
    }
    if (len != vit_hash_digest_len(made->hash)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (go_on) {
        return vit_bcrypt_status(peek(made->hash, digest));
    }
    NTSTATUS status = vit_bcrypt_status(vit_hash_finish(made->hash, digest));
    made->finished = NT_SUCCESS(status) && !made->reusable;
    return status;
}

NTSTATUS WINAPI BCryptFinishHash(BCRYPT_HASH_HANDLE hHash, PUCHAR pbOutput, ULONG cbOutput,
        ULONG dwFlags)
{
    VIT_AUTO(hash_object) made = hash_get(hHash);
    if (made == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (pbOutput == NULL || !is_given(pbOutput, cbOutput) ||
            (dwFlags & ~(ULONG)BCRYPT_HASH_DONT_RESET_FLAG) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    pthread_mutex_lock(&made->lock);
    NTSTATUS status = finish(made, pbOutput, cbOutput, dwFlags == BCRYPT_HASH_DONT_RESET_FLAG);
    pthread_mutex_unlock(&made->lock);
    return status;
}

NTSTATUS vit_bcrypt_hash_take(BCRYPT_HASH_HANDLE handle, ULONG len, ULONG limit,
        enum vit_hash_id *id, UCHAR digest[VIT_HASH_MAX_LEN])
{
    VIT_AUTO(hash_object) made = hash_get(handle);
    if (made == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    *id = made->provider->algorithm->hash;
    if (*id == VIT_HASH_COUNT || (made->provider->flags & BCRYPT_ALG_HANDLE_HMAC_FLAG) != 0) {
        return STATUS_NOT_SUPPORTED;
    }
    if (len > limit * vit_hash_len(*id)) {
        return STATUS_INVALID_PARAMETER;
    }
    pthread_mutex_lock(&made->lock);
    NTSTATUS status = finish(made, digest, (ULONG)vit_hash_len(*id), false);
    pthread_mutex_unlock(&made->lock);
    return status;
}

static NTSTATUS copy_hash(struct hash_object *made, struct vit_hash **copy)
{
    pthread_mutex_lock(&made->lock);
    NTSTATUS status = made->finished ? STATUS_INVALID_HANDLE
                                     : vit_bcrypt_status(vit_hash_copy(made->hash, copy));
    pthread_mutex_unlock(&made->lock);
    return status;
}

NTSTATUS WINAPI BCryptDuplicateHash(BCRYPT_HASH_HANDLE hHash, BCRYPT_HASH_HANDLE *phNewHash,
        PUCHAR pbHashObject, ULONG cbHashObject, ULONG dwFlags)
{
    VIT_AUTO(hash_object) made = hash_get(hHash);
    if (made == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (phNewHash == NULL || !is_given(phNewHash, sizeof(*phNewHash)) || dwFlags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = check_object_room(pbHashObject, cbHashObject);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    struct vit_hash *copy = NULL;
    status = copy_hash(made, &copy);
    return NT_SUCCESS(status) ? publish(made->provider, copy, made->reusable, phNewHash) : status;
}

/* Not the status that its siblings give: that is so published. */
NTSTATUS WINAPI BCryptDestroyHash(BCRYPT_HASH_HANDLE hHash)
{
    struct vit_object *object = vit_handle_take(hHash, &vit_bcrypt_hash_kind.base);
    vit_object_unref(object);
    return object == NULL ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

static enum vit_status run(struct vit_hash *hash, const UCHAR *input, ULONG len, UCHAR *digest)
{
    VIT_TRY(vit_hash_update(hash, input, len));
    return vit_hash_finish(hash, digest);
}

NTSTATUS WINAPI BCryptHash(BCRYPT_ALG_HANDLE hAlgorithm, PUCHAR pbSecret, ULONG cbSecret,
        PUCHAR pbInput, ULONG cbInput, PUCHAR pbOutput, ULONG cbOutput)
{
    VIT_AUTO(bcrypt_provider) provider = vit_bcrypt_provider_get(hAlgorithm);
    if (provider == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (!is_hash_provider(provider)) {
        return STATUS_NOT_SUPPORTED;
    }
    if (pbOutput == NULL || !is_given(pbOutput, cbOutput) || !is_given(pbInput, cbInput)) {
        return STATUS_INVALID_PARAMETER;
    }
    VIT_AUTO(hash) hash = NULL;
    NTSTATUS status = create_hash(provider, pbSecret, cbSecret, &hash);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (cbOutput != vit_hash_digest_len(hash)) {
        return STATUS_INVALID_PARAMETER;
    }
    return vit_bcrypt_status(run(hash, pbInput, cbInput, pbOutput));
}
