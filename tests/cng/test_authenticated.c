/* SPDX-License-Identifier: MIT */
/* AES in the modes that authenticate: GCM, also in chains of calls, CCM and GMAC. */
#include "base/irql.h"
#include "tests/cng/cng.h"

typedef BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO auth_info;

static UCHAR secret[16] = "a key of sixteen";
static UCHAR plain[80] =
        "A message of eighty bytes, which makes five blocks of sixteen bytes each, all.";

/* One message: what is told of it, and where it goes. */
struct message {
    auth_info info;
    UCHAR nonce[16], aad[32], tag[16], context[16], iv[16], out[96];
    ULONG made;
};

static void init(struct message *message, ULONG nonce_len, ULONG tag_len)
{
    *message = (struct message){ .nonce = { 1, 2, 3 }, .aad = { 4, 5 } };
    BCRYPT_INIT_AUTH_MODE_INFO(message->info);
    message->info.pbNonce = message->nonce;
    message->info.cbNonce = nonce_len;
    message->info.pbAuthData = message->aad;
    message->info.cbAuthData = 20;
    message->info.pbTag = message->tag;
    message->info.cbTag = tag_len;
}

static void init_gcm(struct message *message)
{
    init(message, 12, 16);
}

static void init_chain(struct message *message)
{
    init_gcm(message);
    message->info.pbMacContext = message->context;
    message->info.cbMacContext = sizeof(message->context);
    message->info.dwFlags = BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
}

static BCRYPT_KEY_HANDLE key_of(BCRYPT_ALG_HANDLE provider)
{
    BCRYPT_KEY_HANDLE key = NULL;
    cr_assert_success(BCryptGenerateSymmetricKey(provider, &key, NULL, 0, secret, 16, 0));
    return key;
}

static NTSTATUS seal(BCRYPT_KEY_HANDLE key, struct message *message, UCHAR *in, ULONG len)
{
    return BCryptEncrypt(key, in, len, &message->info, message->iv, 16, message->out,
            sizeof(message->out), &message->made, 0);
}

static NTSTATUS open_sealed(BCRYPT_KEY_HANDLE key, struct message *message, UCHAR *in, ULONG len)
{
    return BCryptDecrypt(key, in, len, &message->info, message->iv, 16, message->out,
            sizeof(message->out), &message->made, 0);
}

static const struct {
    BCRYPT_ALG_HANDLE handle;
    ULONG nonce_len, min_tag, max_tag, tag_step;
} modes[] = {
    { BCRYPT_AES_GCM_ALG_HANDLE, 12, 12, 16, 1 },
    { BCRYPT_AES_CCM_ALG_HANDLE, 11, 4, 16, 2 },
};

enum { MODE_COUNT = sizeof(modes) / sizeof(modes[0]) };

Test(authenticated, what_was_sealed_opens)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = key_of(modes[i].handle);
        for (ULONG len = 0; len <= 80; len += 7) {
            struct message message;
            UCHAR sealed[80];
            init(&message, modes[i].nonce_len, 16);
            cr_assert_success(seal(key, &message, plain, len));
            cr_assert_eq(message.made, len);
            memcpy(sealed, message.out, len);
            cr_assert_success(open_sealed(key, &message, sealed, len));
            cr_assert_eq(message.made, len);
            cr_assert_arr_eq(message.out, plain, len);
        }
        cr_assert_success(BCryptDestroyKey(key));
    }
}

/* Each of them is authenticated. */
Test(authenticated, what_was_changed_does_not_open)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = key_of(modes[i].handle);
        for (int what = 0; what < 4; what++) {
            struct message message;
            UCHAR sealed[80], zeros[80] = { 0 };
            init(&message, modes[i].nonce_len, 16);
            cr_assert_success(seal(key, &message, plain, 40));
            memcpy(sealed, message.out, 40);
            UCHAR *changed[] = { sealed + 39, message.tag, message.aad + 19, message.nonce };
            *changed[what] ^= 1;
            cr_assert_status(open_sealed(key, &message, sealed, 40), STATUS_AUTH_TAG_MISMATCH);
            cr_assert_arr_eq(message.out, zeros, 40, "nothing of it is given out");
            *changed[what] ^= 1;
            cr_assert_success(open_sealed(key, &message, sealed, 40));
        }
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(authenticated, tags_have_the_lengths_that_are_told)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = key_of(modes[i].handle);
        BCRYPT_AUTH_TAG_LENGTHS_STRUCT lengths = { 0, 0, 0 };
        BCRYPT_HANDLE both[] = { key, modes[i].handle };
        for (int j = 0; j < 2; j++) {
            ULONG len = 0;
            cr_assert_success(BCryptGetProperty(both[j], BCRYPT_AUTH_TAG_LENGTH, (PUCHAR)&lengths,
                    sizeof(lengths), &len, 0));
            cr_assert_eq(len, sizeof(lengths));
            cr_assert(lengths.dwMinLength == modes[i].min_tag &&
                    lengths.dwMaxLength == modes[i].max_tag &&
                    lengths.dwIncrement == modes[i].tag_step);
        }
        for (ULONG len = 0; len <= 20; len++) {
            struct message message;
            init(&message, modes[i].nonce_len, len);
            BOOL right = len >= lengths.dwMinLength && len <= lengths.dwMaxLength &&
                    (len - lengths.dwMinLength) % lengths.dwIncrement == 0;
            cr_assert_status(seal(key, &message, plain, 16),
                    right ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
            if (right) {
                UCHAR sealed[16];
                memcpy(sealed, message.out, 16);
                cr_assert_success(open_sealed(key, &message, sealed, 16));
            }
        }
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(authenticated, nonces_have_the_lengths_of_the_mode)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = key_of(modes[i].handle);
        for (ULONG len = 0; len <= 16; len++) {
            struct message message;
            init(&message, len, 16);
            BOOL right = i == 0 ? len == 12 : len >= 7 && len <= 13;
            cr_assert_status(seal(key, &message, plain, 16),
                    right ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
        }
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(authenticated, a_message_must_be_described)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        BCRYPT_KEY_HANDLE key = key_of(modes[i].handle);
        for (int what = 0; what < 9; what++) {
            struct message message;
            init(&message, modes[i].nonce_len, 16);
            auth_info *info = &message.info, *told = info;
            ULONG flags = 0;
            switch (what) {
            case 0:
                told = NULL;
                break;
            case 1:
                info->cbSize--;
                break;
            case 2:
                info->dwInfoVersion = 2;
                break;
            case 3:
                info->pbNonce = NULL;
                break;
            case 4:
                info->pbAuthData = NULL;
                break;
            case 5:
                info->pbTag = NULL;
                break;
            case 6:
                info->dwFlags = 4;
                break;
            case 7:
                flags = BCRYPT_BLOCK_PADDING;
                break;
            default:
                flags = 0x100;
            }
            cr_assert_status(BCryptEncrypt(key, plain, 16, told, NULL, 0, message.out, 16,
                                     &message.made, flags),
                    STATUS_INVALID_PARAMETER);
            cr_assert_status(BCryptDecrypt(key, plain, 16, told, NULL, 0, message.out, 16,
                                     &message.made, flags),
                    STATUS_INVALID_PARAMETER);
        }
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(authenticated, there_need_be_no_other_data)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        struct message message;
        UCHAR sealed[16];
        BCRYPT_KEY_HANDLE key = key_of(modes[i].handle);
        init(&message, modes[i].nonce_len, 16);
        message.info.pbAuthData = NULL;
        message.info.cbAuthData = 0;
        cr_assert_success(seal(key, &message, plain, 16));
        memcpy(sealed, message.out, 16);
        cr_assert_success(open_sealed(key, &message, sealed, 16));
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(authenticated, the_length_is_told)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        struct message message;
        UCHAR zeros[16] = { 0 };
        BCRYPT_KEY_HANDLE key = key_of(modes[i].handle);
        init(&message, modes[i].nonce_len, 16);
        cr_assert_success(BCryptEncrypt(key, plain, 33, &message.info, NULL, 0, NULL, 0,
                &message.made, 0));
        cr_assert_eq(message.made, 33);
        cr_assert_arr_eq(message.tag, zeros, 16, "nothing is sealed");
        message.made = 0;
        cr_assert_success(BCryptDecrypt(key, plain, 33, &message.info, NULL, 0, NULL, 0,
                &message.made, 0));
        cr_assert_eq(message.made, 33, "nor opened");
        cr_assert_status(BCryptEncrypt(key, plain, 33, &message.info, NULL, 0, message.out, 32,
                                 &message.made, 0),
                STATUS_BUFFER_TOO_SMALL);
        cr_assert_eq(message.made, 33);
        cr_assert_status(BCryptDecrypt(key, plain, 33, &message.info, NULL, 0, message.out, 32,
                                 &message.made, 0),
                STATUS_BUFFER_TOO_SMALL);
        cr_assert_arr_eq(message.tag, zeros, 16);
        cr_assert_success(BCryptDestroyKey(key));
    }
}

/* Published: with neither input nor output it is no question. */
Test(authenticated, without_data_the_rest_is_authenticated)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        struct message message;
        UCHAR zeros[16] = { 0 };
        BCRYPT_KEY_HANDLE key = key_of(modes[i].handle);
        init(&message, modes[i].nonce_len, 16);
        cr_assert_success(BCryptEncrypt(key, NULL, 0, &message.info, NULL, 0, NULL, 0,
                &message.made, 0));
        cr_assert_eq(message.made, 0);
        cr_assert_arr_neq(message.tag, zeros, 16);
        cr_assert_success(BCryptDecrypt(key, NULL, 0, &message.info, NULL, 0, NULL, 0,
                &message.made, 0));
        message.aad[0] ^= 1;
        cr_assert_status(BCryptDecrypt(key, NULL, 0, &message.info, NULL, 0, NULL, 0, &message.made,
                                 0),
                STATUS_AUTH_TAG_MISMATCH);
        cr_assert_status(BCryptEncrypt(key, NULL, 16, &message.info, NULL, 0, NULL, 0,
                                 &message.made, 0),
                STATUS_INVALID_PARAMETER);
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(authenticated, messages_may_be_replaced_in_place)
{
    for (size_t i = 0; i < MODE_COUNT; i++) {
        struct message message;
        UCHAR bytes[80];
        ULONG made;
        BCRYPT_KEY_HANDLE key = key_of(modes[i].handle);
        init(&message, modes[i].nonce_len, 16);
        memcpy(bytes, plain, 50);
        cr_assert_success(BCryptEncrypt(key, bytes, 50, &message.info, NULL, 0, bytes, 80, &made,
                0));
        cr_assert_arr_neq(bytes, plain, 50);
        cr_assert_success(BCryptDecrypt(key, bytes, 50, &message.info, NULL, 0, bytes, 80, &made,
                0));
        cr_assert_arr_eq(bytes, plain, 50);
        cr_assert_status(BCryptEncrypt(key, bytes, 50, &message.info, NULL, 0, bytes + 8, 50, &made,
                                 0),
                STATUS_INVALID_PARAMETER);
        cr_assert_success(BCryptDestroyKey(key));
    }
}

Test(authenticated, a_long_nonce_of_ccm_leaves_little_room_for_the_length)
{
    static UCHAR big[65536], out[65536];
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_AES_CCM_ALG_HANDLE);
    struct message message;
    init(&message, 13, 16);
    cr_assert_success(BCryptEncrypt(key, big, 65535, &message.info, NULL, 0, out, 65536,
            &message.made, 0));
    cr_assert_status(BCryptEncrypt(key, big, 65536, &message.info, NULL, 0, out, 65536,
                             &message.made, 0),
            STATUS_INVALID_PARAMETER);
    message.info.cbNonce = 12;
    cr_assert_success(BCryptEncrypt(key, big, 65536, &message.info, NULL, 0, out, 65536,
            &message.made, 0));
    cr_assert_success(BCryptDestroyKey(key));
}

/* GMAC. */

Test(authenticated, gmac_is_gcm_without_data)
{
    struct message one, other;
    BCRYPT_KEY_HANDLE gmac = key_of(BCRYPT_AES_GMAC_ALG_HANDLE);
    BCRYPT_KEY_HANDLE gcm = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    init_gcm(&one);
    init_gcm(&other);
    cr_assert_success(BCryptEncrypt(gmac, NULL, 0, &one.info, NULL, 0, NULL, 0, &one.made, 0));
    cr_assert_success(BCryptEncrypt(gcm, NULL, 0, &other.info, NULL, 0, NULL, 0, &other.made, 0));
    cr_assert_arr_eq(one.tag, other.tag, 16);
    cr_assert_success(BCryptDecrypt(gmac, NULL, 0, &one.info, NULL, 0, NULL, 0, &one.made, 0));
    one.tag[15] ^= 1;
    cr_assert_status(BCryptDecrypt(gmac, NULL, 0, &one.info, NULL, 0, NULL, 0, &one.made, 0),
            STATUS_AUTH_TAG_MISMATCH);
    cr_assert_success(BCryptDestroyKey(gmac));
    cr_assert_success(BCryptDestroyKey(gcm));
}

Test(authenticated, gmac_takes_no_data_and_has_one_mode)
{
    struct message message;
    BCRYPT_ALG_HANDLE provider = open_provider(BCRYPT_AES_GMAC_ALGORITHM, 0);
    BCRYPT_KEY_HANDLE key = key_of(provider);
    init_gcm(&message);
    cr_assert_status(seal(key, &message, plain, 16), STATUS_INVALID_PARAMETER);
    cr_assert_status(open_sealed(key, &message, plain, 16), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptSetProperty(key, BCRYPT_CHAINING_MODE, (PUCHAR)BCRYPT_CHAIN_MODE_CBC,
                             sizeof(BCRYPT_CHAIN_MODE_CBC), 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptSetProperty(provider, BCRYPT_CHAINING_MODE,
                             (PUCHAR)BCRYPT_CHAIN_MODE_GCM, sizeof(BCRYPT_CHAIN_MODE_GCM), 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDestroyKey(key));
    close_provider(provider);
}

/* Chains. */

/* All of plain in calls of so many bytes, the last one with what is left. */
static NTSTATUS run_chain(BCRYPT_KEY_HANDLE key, BOOL sealing, struct message *message, UCHAR *in,
        ULONG len, ULONG piece)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (ULONG at = 0; at < len && NT_SUCCESS(status); at += piece) {
        ULONG some = len - at > piece ? piece : len - at, made = 0;
        if (at + some == len) {
            message->info.dwFlags &= ~(ULONG)BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
        }
        status = sealing ? BCryptEncrypt(key, in + at, some, &message->info, message->iv, 16,
                                   message->out + at, some, &made, 0)
                         : BCryptDecrypt(key, in + at, some, &message->info, message->iv, 16,
                                   message->out + at, some, &made, 0);
        if (NT_SUCCESS(status)) {
            cr_assert_eq(made, some);
        }
    }
    return status;
}

Test(authenticated, a_chain_makes_the_message_that_one_call_makes)
{
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    for (ULONG len = 1; len <= 80; len++) {
        struct message whole;
        UCHAR sealed[80];
        init_gcm(&whole);
        cr_assert_success(seal(key, &whole, plain, len));
        memcpy(sealed, whole.out, len);
        for (ULONG piece = 16; piece <= 96; piece += 16) {
            struct message chain;
            init_chain(&chain);
            cr_assert_success(run_chain(key, TRUE, &chain, plain, len, piece));
            cr_assert_arr_eq(chain.out, sealed, len);
            cr_assert_arr_eq(chain.tag, whole.tag, 16);
            init_chain(&chain);
            memcpy(chain.tag, whole.tag, 16);
            cr_assert_success(run_chain(key, FALSE, &chain, sealed, len, piece));
            cr_assert_arr_eq(chain.out, plain, len);
        }
    }
    cr_assert_success(BCryptDestroyKey(key));
}

Test(authenticated, a_chain_may_replace_the_message_in_place)
{
    struct message whole, chain;
    UCHAR bytes[80];
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    init_gcm(&whole);
    cr_assert_success(seal(key, &whole, plain, 70));
    for (int opens = 0; opens < 2; opens++) {
        UCHAR *in = opens ? whole.out : plain, *wanted = opens ? plain : whole.out;
        init_chain(&chain);
        memcpy(chain.tag, whole.tag, 16);
        memcpy(bytes, in, 70);
        for (ULONG at = 0; at < 70; at += 32) {
            ULONG len = 70 - at > 32 ? 32 : 70 - at, made = 0;
            UCHAR *piece = bytes + at;
            chain.info.dwFlags &=
                    len == 32 ? UINT32_MAX : ~(ULONG)BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
            cr_assert_success(opens ? BCryptDecrypt(key, piece, len, &chain.info, chain.iv, 16,
                                              piece, len, &made, 0)
                                    : BCryptEncrypt(key, piece, len, &chain.info, chain.iv, 16,
                                              piece, len, &made, 0));
            cr_assert_eq(made, len);
        }
        cr_assert_arr_eq(bytes, wanted, 70);
        cr_assert_arr_eq(chain.tag, whole.tag, 16);
    }
    cr_assert_success(BCryptDestroyKey(key));
}

Test(authenticated, the_structure_says_how_far_a_chain_is)
{
    struct message chain;
    UCHAR zeros[16] = { 0 };
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    init_chain(&chain);
    cr_assert_success(seal(key, &chain, plain, 16));
    cr_assert_eq(chain.info.dwFlags,
            BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG | BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG);
    cr_assert_eq(chain.info.cbAAD, 20);
    cr_assert_eq(chain.info.cbData, 16);
    cr_assert_arr_eq(chain.tag, zeros, 16, "no tag yet");
    cr_assert_success(seal(key, &chain, plain, 32));
    cr_assert_eq(chain.info.cbAAD, 20);
    cr_assert_eq(chain.info.cbData, 48);
    chain.info.dwFlags &= ~(ULONG)BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
    cr_assert_success(seal(key, &chain, NULL, 0));
    cr_assert_arr_neq(chain.tag, zeros, 16);
    cr_assert_eq(chain.info.dwFlags, 0);
    cr_assert_eq(chain.info.cbAAD, 0);
    cr_assert_eq(chain.info.cbData, 0, "ready for another message");
    cr_assert_success(BCryptDestroyKey(key));
}

/* Published: it need not be the one flag that is taken away. */
Test(authenticated, no_flags_at_all_end_a_chain)
{
    struct message whole, chain;
    UCHAR sealed[48];
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    init_gcm(&whole);
    cr_assert_success(seal(key, &whole, plain, 42));
    memcpy(sealed, whole.out, 42);
    init_chain(&chain);
    cr_assert_success(seal(key, &chain, plain, 32));
    chain.info.dwFlags = 0;
    cr_assert_success(seal(key, &chain, plain + 32, 10));
    cr_assert_arr_eq(chain.out, sealed + 32, 10);
    cr_assert_arr_eq(chain.tag, whole.tag, 16);
    cr_assert_success(seal(key, &chain, plain, 42));
    cr_assert_arr_eq(chain.out, sealed, 42, "then the same structure does for a whole message");
    cr_assert_arr_eq(chain.tag, whole.tag, 16);
    init_chain(&chain);
    memcpy(chain.tag, whole.tag, 16);
    cr_assert_success(open_sealed(key, &chain, sealed, 32));
    chain.info.dwFlags = BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
    cr_assert_status(open_sealed(key, &chain, sealed + 32, 16), STATUS_INVALID_PARAMETER);
    chain.info.dwFlags = 0;
    cr_assert_success(open_sealed(key, &chain, sealed + 32, 10));
    cr_assert_arr_eq(chain.out, plain + 32, 10);
    cr_assert_success(BCryptDestroyKey(key));
}

/* Several messages at a time with one key: all that is kept is the application's. */
Test(authenticated, chains_of_one_key_do_not_mix)
{
    struct message one, other, whole;
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    init_chain(&one);
    init_chain(&other);
    other.nonce[0] ^= 1;
    cr_assert_success(seal(key, &one, plain, 32));
    cr_assert_success(seal(key, &other, plain, 16));
    one.info.dwFlags &= ~(ULONG)BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
    cr_assert_success(seal(key, &one, plain + 32, 10));
    other.info.dwFlags &= ~(ULONG)BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
    cr_assert_success(seal(key, &other, plain + 16, 26));
    init_gcm(&whole);
    cr_assert_success(seal(key, &whole, plain, 42));
    cr_assert_arr_eq(one.tag, whole.tag, 16);
    init_gcm(&whole);
    whole.nonce[0] ^= 1;
    cr_assert_success(seal(key, &whole, plain, 42));
    cr_assert_arr_eq(other.tag, whole.tag, 16);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(authenticated, a_chain_that_was_changed_does_not_end)
{
    struct message whole, chain;
    UCHAR sealed[80], zeros[16] = { 0 };
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    init_gcm(&whole);
    cr_assert_success(seal(key, &whole, plain, 60));
    memcpy(sealed, whole.out, 60);
    init_chain(&chain);
    memcpy(chain.tag, whole.tag, 16);
    chain.tag[3] ^= 1;
    cr_assert_status(run_chain(key, FALSE, &chain, sealed, 60, 48), STATUS_AUTH_TAG_MISMATCH);
    cr_assert_arr_eq(chain.out + 48, zeros, 12, "the last piece is not given out");
    cr_assert_neq(chain.info.dwFlags & BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG, 0);
    init_chain(&chain);
    memcpy(chain.tag, whole.tag, 16);
    sealed[5] ^= 1;
    cr_assert_status(run_chain(key, FALSE, &chain, sealed, 60, 16), STATUS_AUTH_TAG_MISMATCH);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(authenticated, a_tag_of_a_chain_may_be_short)
{
    struct message whole, chain;
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    init_gcm(&whole);
    cr_assert_success(seal(key, &whole, plain, 40));
    init_chain(&chain);
    chain.info.cbTag = 12;
    cr_assert_success(run_chain(key, TRUE, &chain, plain, 40, 32));
    cr_assert_arr_eq(chain.tag, whole.tag, 12);
    cr_assert_eq(chain.tag[12], 0);
    chain.info.cbTag = 11;
    init_chain(&chain);
    chain.info.cbTag = 11;
    cr_assert_status(run_chain(key, TRUE, &chain, plain, 40, 32), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(authenticated, all_but_the_last_call_of_a_chain_are_of_blocks)
{
    struct message chain;
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    for (ULONG len = 0; len <= 40; len++) {
        init_chain(&chain);
        cr_assert_status(seal(key, &chain, plain, len),
                len % 16 == 0 ? STATUS_SUCCESS : STATUS_INVALID_BUFFER_SIZE);
        cr_assert_eq(chain.info.cbData, len % 16 == 0 ? len : 0);
    }
    init_chain(&chain);
    chain.info.dwFlags |= BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG;
    chain.info.cbData = 5;
    cr_assert_status(seal(key, &chain, plain, 16), STATUS_INVALID_PARAMETER);
    chain.info.cbData = UINT64_MAX - 15;
    cr_assert_status(seal(key, &chain, plain, 16), STATUS_INVALID_PARAMETER);
    chain.info.cbData = (UINT64_C(1) << 36) - 32;
    cr_assert_status(seal(key, &chain, plain, 16), STATUS_INVALID_PARAMETER); /* of one nonce */
    chain.info.cbData -= 16;
    cr_assert_success(seal(key, &chain, plain, 16));
    cr_assert_success(BCryptDestroyKey(key));
}

Test(authenticated, a_chain_needs_its_places)
{
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    for (int what = 0; what < 6; what++) {
        struct message chain;
        init_chain(&chain);
        UCHAR *iv = chain.iv;
        ULONG iv_len = 16;
        switch (what) {
        case 0:
            chain.info.pbMacContext = NULL;
            break;
        case 1:
            chain.info.cbMacContext = 15;
            break;
        case 2:
            iv = NULL;
            break;
        case 3:
            iv_len = 12;
            break;
        case 4:
            chain.info.cbAAD = 1;
            break;
        default:
            chain.info.cbData = 16;
        }
        cr_assert_status(BCryptEncrypt(key, plain, 16, &chain.info, iv, iv_len, chain.out, 16,
                                 &chain.made, 0),
                STATUS_INVALID_PARAMETER);
        cr_assert_status(BCryptDecrypt(key, plain, 16, &chain.info, iv, iv_len, chain.out, 16,
                                 &chain.made, 0),
                STATUS_INVALID_PARAMETER);
    }
    cr_assert_success(BCryptDestroyKey(key));
}

/* The nonce and the other data belong to the first call, the tag to the last. */
Test(authenticated, a_chain_is_told_once)
{
    struct message whole, chain;
    BCRYPT_KEY_HANDLE key = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    init_gcm(&whole);
    cr_assert_success(seal(key, &whole, plain, 48));
    init_chain(&chain);
    chain.info.pbTag = NULL;
    chain.info.cbTag = 0;
    cr_assert_success(seal(key, &chain, plain, 32));
    chain.info.pbNonce = NULL;
    chain.info.cbNonce = 0;
    chain.info.pbAuthData = NULL;
    chain.info.cbAuthData = 0;
    chain.info.dwFlags &= ~(ULONG)BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
    cr_assert_status(seal(key, &chain, plain + 32, 16), STATUS_INVALID_PARAMETER);
    chain.info.pbTag = chain.tag;
    chain.info.cbTag = 16;
    cr_assert_success(seal(key, &chain, plain + 32, 16));
    cr_assert_arr_eq(chain.tag, whole.tag, 16);
    init_chain(&chain);
    chain.info.pbNonce = NULL;
    cr_assert_status(seal(key, &chain, plain, 32), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDestroyKey(key));
}

Test(authenticated, only_gcm_is_chained)
{
    struct message chain;
    BCRYPT_KEY_HANDLE ccm = key_of(BCRYPT_AES_CCM_ALG_HANDLE);
    BCRYPT_KEY_HANDLE gmac = key_of(BCRYPT_AES_GMAC_ALG_HANDLE);
    init_chain(&chain);
    cr_assert_status(seal(ccm, &chain, plain, 16), STATUS_NOT_SUPPORTED);
    cr_assert_status(open_sealed(ccm, &chain, plain, 16), STATUS_NOT_SUPPORTED);
    cr_assert_status(seal(gmac, &chain, NULL, 0), STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDestroyKey(ccm));
    cr_assert_success(BCryptDestroyKey(gmac));
}

/* At DISPATCH_LEVEL. */

static struct message locked, loose;
static UCHAR locked_in[32];

static NTSTATUS seal_raised(BCRYPT_KEY_HANDLE key, auth_info *info, UCHAR *iv)
{
    cr_assert(vit_irql_lock(&locked, sizeof(locked)));
    cr_assert(vit_irql_lock(locked_in, sizeof(locked_in)));
    vit_irql_set(VIT_IRQL_DISPATCH);
    NTSTATUS status =
            BCryptEncrypt(key, locked_in, 32, info, iv, 16, locked.out, 96, &locked.made, 0);
    vit_irql_set(VIT_IRQL_PASSIVE);
    cr_assert(vit_irql_unlock(locked_in, sizeof(locked_in)));
    cr_assert(vit_irql_unlock(&locked, sizeof(locked)));
    return status;
}

Test(authenticated, at_dispatch_level_all_that_is_pointed_to_must_be_locked)
{
    BCRYPT_ALG_HANDLE provider = open_provider(BCRYPT_AES_ALGORITHM, BCRYPT_PROV_DISPATCH);
    cr_assert_success(BCryptSetProperty(provider, BCRYPT_CHAINING_MODE,
            (PUCHAR)BCRYPT_CHAIN_MODE_GCM, sizeof(BCRYPT_CHAIN_MODE_GCM), 0));
    BCRYPT_KEY_HANDLE key = key_of(provider), plain_key = key_of(BCRYPT_AES_GCM_ALG_HANDLE);
    init_chain(&locked);
    init_chain(&loose);
    cr_assert_success(seal_raised(key, &locked.info, locked.iv));
    init_chain(&locked);
    cr_assert_status(seal_raised(plain_key, &locked.info, locked.iv), STATUS_INVALID_HANDLE);
    loose.info = locked.info; /* with all that it points to */
    cr_assert_status(seal_raised(key, &loose.info, locked.iv), STATUS_INVALID_PARAMETER);
    cr_assert_status(seal_raised(key, &locked.info, loose.iv), STATUS_INVALID_PARAMETER);
    locked.info.pbNonce = loose.nonce;
    cr_assert_status(seal_raised(key, &locked.info, locked.iv), STATUS_INVALID_PARAMETER);
    init_chain(&locked);
    locked.info.pbAuthData = loose.aad;
    cr_assert_status(seal_raised(key, &locked.info, locked.iv), STATUS_INVALID_PARAMETER);
    init_chain(&locked);
    locked.info.pbMacContext = loose.context;
    cr_assert_status(seal_raised(key, &locked.info, locked.iv), STATUS_INVALID_PARAMETER);
    init_gcm(&locked);
    locked.info.pbTag = loose.tag;
    cr_assert_status(seal_raised(key, &locked.info, locked.iv), STATUS_INVALID_PARAMETER);
    init_gcm(&locked);
    cr_assert_success(seal_raised(key, &locked.info, locked.iv));
    cr_assert_success(BCryptDestroyKey(plain_key));
    cr_assert_success(BCryptDestroyKey(key));
    close_provider(provider);
}
