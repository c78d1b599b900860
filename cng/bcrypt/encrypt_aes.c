/* SPDX-License-Identifier: MIT */
/* AES in the modes that authenticate nothing; encrypt_auth.c has the others. */
#include "base/irql.h"
#include "base/secret.h"
#include "cng/bcrypt/key_aes.h"

/* One call, checked: what is done with which blocks. */
struct run {
    struct vit_aes_key key;
    enum vit_aes_mode mode;
    size_t unit; /* bytes of a block, as messages see it */
    bool padded;
    bool own_iv;                 /* the key's, which then changes */
    UCHAR iv[VIT_AES_BLOCK_LEN]; /* in the end, that of what may follow */
};

static struct vit_bcrypt_aes_settings settings_of(struct vit_bcrypt_key *key)
{
    pthread_mutex_lock(&key->lock);
    struct vit_bcrypt_aes_settings settings = ((struct vit_bcrypt_aes_key *)key)->settings;
    pthread_mutex_unlock(&key->lock);
    return settings;
}

static bool is_authenticated(enum vit_bcrypt_chaining chaining)
{
    return chaining >= VIT_BCRYPT_CCM;
}

/* One lies over a part of the other. */
static bool is_overlapping(const UCHAR *a, size_t a_len, const UCHAR *b, size_t b_len)
{
    uintptr_t first = (uintptr_t)a, second = (uintptr_t)b;
    return a != b && a != NULL && b != NULL && first < second + b_len && second < first + a_len;
}

static void choose_mode(const struct vit_bcrypt_aes_settings *settings, struct run *run)
{
    bool bytes = settings->chaining == VIT_BCRYPT_CFB && settings->message_block == 1;
    run->unit = bytes ? 1 : VIT_AES_BLOCK_LEN;
    run->mode = settings->chaining == VIT_BCRYPT_ECB ? VIT_AES_ECB
            : settings->chaining == VIT_BCRYPT_CBC   ? VIT_AES_CBC
            : bytes                                  ? VIT_AES_CFB8
                                                     : VIT_AES_CFB128;
}

static NTSTATUS take_iv(const struct vit_bcrypt_aes_settings *settings,
        const struct vit_bcrypt_crypt *crypt, struct run *run)
{
    run->own_iv = crypt->iv == NULL;
    if (run->mode == VIT_AES_ECB || run->own_iv) {
        memcpy(run->iv, settings->iv, sizeof(run->iv));
        return STATUS_SUCCESS;
    }
    if (crypt->iv_len != sizeof(run->iv) || !vit_irql_may_touch(crypt->iv, sizeof(run->iv))) {
        return STATUS_INVALID_PARAMETER;
    }
    memcpy(run->iv, crypt->iv, sizeof(run->iv));
    return STATUS_SUCCESS;
}

static NTSTATUS begin(const struct vit_bcrypt_key *key,
        const struct vit_bcrypt_aes_settings *settings, const struct vit_bcrypt_crypt *crypt,
        struct run *run)
{
    *run = (struct run){ .key = vit_bcrypt_aes_of(key),
        .padded = crypt->flags == BCRYPT_BLOCK_PADDING };
    bool nothing = crypt->input == NULL && crypt->room.bytes == NULL;
    if (nothing || (crypt->flags & ~(ULONG)BCRYPT_BLOCK_PADDING) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    choose_mode(settings, run);
    return take_iv(settings, crypt, run);
}

/* What the next call goes on from. */
static void keep_iv(struct vit_bcrypt_key *key, const struct vit_bcrypt_crypt *crypt,
        const struct run *run)
{
    if (run->mode == VIT_AES_ECB) {
        return;
    }
    if (!run->own_iv) {
        memcpy(crypt->iv, run->iv, sizeof(run->iv));
        return;
    }
    pthread_mutex_lock(&key->lock);
    memcpy(((struct vit_bcrypt_aes_key *)key)->settings.iv, run->iv, sizeof(run->iv));
    pthread_mutex_unlock(&key->lock);
}

/* Whole units, and the IV behind them. */
static enum vit_status encrypt_whole(struct run *run, const UCHAR *in, size_t len, UCHAR *out)
{
    VIT_TRY(vit_aes_encrypt(run->mode, &run->key, run->iv, in, len, out));
    vit_aes_advance(run->iv, out, len);
    return VIT_OK;
}

/* The bytes that are left and as many as are missing, each telling how many that is. */
static enum vit_status encrypt_rest(struct run *run, const UCHAR *rest, size_t len, UCHAR *out)
{
    UCHAR block[VIT_AES_BLOCK_LEN];
    memset(block, (int)(run->unit - len), sizeof(block));
    if (len > 0) {
        memcpy(block, rest, len);
    }
    enum vit_status status = encrypt_whole(run, block, run->unit, out);
    vit_wipe(block, sizeof(block));
    return status;
}

static NTSTATUS encrypt_blocks(struct vit_bcrypt_key *key,
        const struct vit_bcrypt_aes_settings *settings, const struct vit_bcrypt_crypt *crypt)
{
    struct run run;
    UCHAR *out;
    NTSTATUS status = begin(key, settings, crypt, &run);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    size_t whole = crypt->len / run.unit * run.unit;
    size_t len = run.padded ? whole + run.unit : crypt->len;
    if (!run.padded && whole != crypt->len) {
        return STATUS_INVALID_BUFFER_SIZE;
    }
    if (len > UINT32_MAX || is_overlapping(crypt->input, crypt->len, crypt->room.bytes, len)) {
        return STATUS_INVALID_PARAMETER;
    }
    status = vit_bcrypt_room_begin(&crypt->room, len, &out);
    if (out == NULL) {
        return status;
    }
    enum vit_status done = encrypt_whole(&run, crypt->input, whole, out);
    if (done == VIT_OK && run.padded) {
        done = encrypt_rest(&run, crypt->input + whole, crypt->len - whole, out + whole);
    }
    if (done == VIT_OK) {
        keep_iv(key, crypt, &run);
    }
    return vit_bcrypt_status(done);
}

/* How many bytes of the last block are message; the same steps whatever they are.
 * SIZE_MAX: it was not padded so. */
static size_t unpad(const UCHAR *block, size_t unit)
{
    UCHAR count = block[unit - 1];
    unsigned wrong = (unsigned)(count == 0) | (unsigned)(count > unit);
    for (size_t i = 0; i < unit; i++) {
        unsigned covered = (unsigned)(i + count >= unit);
        wrong |= covered & (unsigned)(block[i] != count);
    }
    return wrong ? SIZE_MAX : unit - count;
}

/* The last block first: it says how long the message is. It goes to tail. */
static NTSTATUS decrypt_last(const struct run *run, const UCHAR *in, size_t len,
        UCHAR tail[VIT_AES_BLOCK_LEN], size_t *tail_len)
{
    UCHAR iv[VIT_AES_BLOCK_LEN];
    memcpy(iv, run->iv, sizeof(iv));
    vit_aes_advance(iv, in, len - run->unit);
    NTSTATUS status = vit_bcrypt_status(vit_aes_decrypt(run->mode, &run->key, iv,
            in + len - run->unit, run->unit, tail));
    if (!NT_SUCCESS(status)) {
        return status;
    }
    *tail_len = unpad(tail, run->unit);
    return *tail_len == SIZE_MAX ? STATUS_DATA_ERROR : STATUS_SUCCESS;
}

static NTSTATUS decrypt_into(struct vit_bcrypt_key *key, struct run *run,
        const struct vit_bcrypt_crypt *crypt, const UCHAR *tail, size_t tail_len)
{
    UCHAR *out, next[VIT_AES_BLOCK_LEN];
    size_t whole = crypt->len - (run->padded ? run->unit : 0);
    size_t len = whole + tail_len;
    if (is_overlapping(crypt->input, crypt->len, crypt->room.bytes, len)) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = vit_bcrypt_room_begin(&crypt->room, len, &out);
    if (out == NULL) {
        return status;
    }
    memcpy(next, run->iv, sizeof(next));
    vit_aes_advance(next, crypt->input, crypt->len); /* before it may be overwritten */
    status = vit_bcrypt_status(vit_aes_decrypt(run->mode, &run->key, run->iv, crypt->input, whole,
            out));
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (tail_len > 0) {
        memcpy(out + whole, tail, tail_len);
    }
    memcpy(run->iv, next, sizeof(next));
    keep_iv(key, crypt, run);
    return STATUS_SUCCESS;
}

static NTSTATUS decrypt_padded(struct vit_bcrypt_key *key, struct run *run,
        const struct vit_bcrypt_crypt *crypt)
{
    UCHAR tail[VIT_AES_BLOCK_LEN];
    size_t tail_len = 0;
    NTSTATUS status = decrypt_last(run, crypt->input, crypt->len, tail, &tail_len);
    if (NT_SUCCESS(status)) {
        status = decrypt_into(key, run, crypt, tail, tail_len);
    }
    vit_wipe(tail, sizeof(tail));
    return status;
}

/* A question for the length is answered without a look at the bytes: with what is enough. */
static NTSTATUS decrypt_blocks(struct vit_bcrypt_key *key,
        const struct vit_bcrypt_aes_settings *settings, const struct vit_bcrypt_crypt *crypt)
{
    struct run run;
    NTSTATUS status = begin(key, settings, crypt, &run);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (crypt->len % run.unit != 0 || (run.padded && crypt->len == 0)) {
        return STATUS_INVALID_BUFFER_SIZE;
    }
    if (crypt->room.bytes == NULL) {
        *crypt->room.result = crypt->len;
        return STATUS_SUCCESS;
    }
    return run.padded ? decrypt_padded(key, &run, crypt) : decrypt_into(key, &run, crypt, NULL, 0);
}

static NTSTATUS encrypt(struct vit_bcrypt_key *key, const struct vit_bcrypt_crypt *crypt)
{
    const struct vit_bcrypt_aes_settings settings = settings_of(key);
    return is_authenticated(settings.chaining) ? vit_bcrypt_aes_seal(key, settings.chaining, crypt)
                                               : encrypt_blocks(key, &settings, crypt);
}

static NTSTATUS decrypt(struct vit_bcrypt_key *key, const struct vit_bcrypt_crypt *crypt)
{
    const struct vit_bcrypt_aes_settings settings = settings_of(key);
    return is_authenticated(settings.chaining) ? vit_bcrypt_aes_open(key, settings.chaining, crypt)
                                               : decrypt_blocks(key, &settings, crypt);
}

const struct vit_bcrypt_encryptor vit_bcrypt_aes_encryptor = { encrypt, decrypt };
