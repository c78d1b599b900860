/* SPDX-License-Identifier: MIT */
#include "tests/cng/cng.h"

static void check_name(BCRYPT_HANDLE handle, LPCWSTR wanted, ULONG wanted_len)
{
    WCHAR name[64];
    ULONG len = 0;
    cr_assert_success(BCryptGetProperty(handle, BCRYPT_ALGORITHM_NAME, (PUCHAR)name, sizeof(name),
            &len, 0));
    cr_assert_eq(len, wanted_len);
    cr_assert_arr_eq(name, wanted, wanted_len);
}

Test(property, lengths_are_told_and_too_little_room_is_refused)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA384_ALGORITHM, 0);
    ULONG value = 77, len = 0;
    cr_assert_success(BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, NULL, 0, &len, 0));
    cr_assert_eq(len, 4);
    len = 0;
    cr_assert_status(BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, (PUCHAR)&value, 3, &len, 0),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_eq(len, 4);
    cr_assert_eq(value, 77);
    cr_assert_success(BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, (PUCHAR)&value, 4, &len, 0));
    cr_assert_eq(value, 48);
    close_provider(handle);
}

Test(property, refuses_bad_arguments)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, 0);
    ULONG value, len;
    PUCHAR out = (PUCHAR)&value;
    cr_assert_status(BCryptGetProperty(NULL, BCRYPT_HASH_LENGTH, out, 4, &len, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGetProperty(GARBAGE_HANDLE, BCRYPT_HASH_LENGTH, out, 4, &len, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptGetProperty(handle, NULL, out, 4, &len, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, out, 4, NULL, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, out, 4, &len, 1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptGetProperty(handle, u"NoSuchThing", out, 4, &len, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptSetProperty(GARBAGE_HANDLE, BCRYPT_KEY_LENGTH, out, 4, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptSetProperty(handle, NULL, out, 4, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptSetProperty(handle, BCRYPT_KEY_LENGTH, NULL, 4, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptSetProperty(handle, BCRYPT_KEY_LENGTH, out, 4, 1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptSetProperty(handle, BCRYPT_ALGORITHM_NAME, out, 4, 0),
            STATUS_NOT_SUPPORTED);
    close_provider(handle);
}

Test(property, an_hmac_provider_has_the_name_of_its_hash)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, BCRYPT_ALG_HANDLE_HMAC_FLAG);
    check_name(handle, BCRYPT_SHA256_ALGORITHM, sizeof(BCRYPT_SHA256_ALGORITHM));
    cr_assert_eq(ulong_property(handle, BCRYPT_IS_KEYED_HASH), 1);
    close_provider(handle);
    check_name(BCRYPT_HMAC_SHA1_ALG_HANDLE, BCRYPT_SHA1_ALGORITHM, sizeof(BCRYPT_SHA1_ALGORITHM));
}

Test(property, of_hashes)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA512_ALGORITHM, 0);
    cr_assert_eq(ulong_property(handle, BCRYPT_HASH_LENGTH), 64);
    cr_assert_eq(ulong_property(handle, BCRYPT_HASH_BLOCK_LENGTH), 128);
    cr_assert_gt(ulong_property(handle, BCRYPT_OBJECT_LENGTH), 0);
    cr_assert_eq(ulong_property(handle, BCRYPT_IS_KEYED_HASH), 0);
    cr_assert_eq(ulong_property(handle, BCRYPT_IS_REUSABLE_HASH), 0);
    cr_assert_eq(ulong_property(handle, BCRYPT_PRIMITIVE_TYPE), BCRYPT_HASH_INTERFACE);
    BCRYPT_HASH_HANDLE hash;
    cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, NULL, 0, 0));
    check_name(hash, BCRYPT_SHA512_ALGORITHM, sizeof(BCRYPT_SHA512_ALGORITHM));
    cr_assert_eq(ulong_property(hash, BCRYPT_HASH_LENGTH), 64);
    BCRYPT_ALG_HANDLE provider = NULL;
    ULONG len;
    cr_assert_success(BCryptGetProperty(hash, BCRYPT_PROVIDER_HANDLE, (PUCHAR)&provider,
            sizeof(provider), &len, 0));
    cr_assert_eq(provider, handle);
    cr_assert_success(BCryptDestroyHash(hash));
    close_provider(handle);
}

Test(property, the_list_of_oids_points_into_its_own_room)
{
    static const UCHAR sha256[] = { 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1 };
    union {
        BCRYPT_OID_LIST list;
        UCHAR bytes[128];
    } room;
    ULONG len = 0;
    cr_assert_success(BCryptGetProperty(BCRYPT_SHA256_ALG_HANDLE, BCRYPT_HASH_OID_LIST, room.bytes,
            sizeof(room), &len, 0));
    cr_assert_leq(len, sizeof(room));
    cr_assert_eq(room.list.dwOIDCount, 1);
    cr_assert_geq((PUCHAR)room.list.pOIDs, room.bytes);
    cr_assert_leq(room.list.pOIDs[0].pbOID + room.list.pOIDs[0].cbOID, room.bytes + len);
    cr_assert_eq(room.list.pOIDs[0].cbOID, sizeof(sha256));
    cr_assert_arr_eq(room.list.pOIDs[0].pbOID, sha256, sizeof(sha256));
}

Test(property, the_generator_has_no_lengths)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_RNG_ALGORITHM, 0);
    ULONG value, len;
    cr_assert_status(BCryptGetProperty(handle, BCRYPT_OBJECT_LENGTH, (PUCHAR)&value, 4, &len, 0),
            STATUS_NOT_SUPPORTED);
    cr_assert_status(BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, (PUCHAR)&value, 4, &len, 0),
            STATUS_NOT_SUPPORTED);
    check_name(handle, BCRYPT_RNG_ALGORITHM, sizeof(BCRYPT_RNG_ALGORITHM));
    close_provider(handle);
}

/* Published names of properties that nothing has which can be opened. */
Test(property, names_of_what_nobody_has_are_not_supported)
{
    static LPCWSTR const names[] = { BCRYPT_PRIVATE_KEY, BCRYPT_GLOBAL_PARAMETERS,
        BCRYPT_MULTI_OBJECT_LENGTH, BCRYPT_EFFECTIVE_KEY_LENGTH, BCRYPT_PARAMETER_SET_NAME };
    static const BCRYPT_ALG_HANDLE providers[] = { BCRYPT_RSA_ALG_HANDLE, BCRYPT_DH_ALG_HANDLE,
        BCRYPT_ECDH_P256_ALG_HANDLE };
    static const ULONG bits[] = { 512, 768, 256 };
    for (size_t i = 0; i < 3; i++) {
        BCRYPT_KEY_HANDLE key;
        UCHAR value[8] = { 0 };
        ULONG len;
        cr_assert_success(BCryptGenerateKeyPair(providers[i], &key, bits[i], 0));
        cr_assert_success(BCryptFinalizeKeyPair(key, 0));
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
            cr_assert_status(BCryptGetProperty(key, names[j], value, sizeof(value), &len, 0),
                    STATUS_NOT_SUPPORTED);
            cr_assert_status(BCryptSetProperty(key, names[j], value, sizeof(value), 0),
                    STATUS_NOT_SUPPORTED);
            cr_assert_status(BCryptGetProperty(providers[i], names[j], value, sizeof(value), &len,
                                     0),
                    STATUS_NOT_SUPPORTED);
        }
        cr_assert_success(BCryptDestroyKey(key));
    }
}
