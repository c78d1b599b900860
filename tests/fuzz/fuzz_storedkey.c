/* SPDX-License-Identifier: MIT */
/*
 * What applications give to key storage, in the function table of the software provider; nothing is
 * stored. The first byte of an input says what the rest is:
 *
 *   0  u8 type, u8 flags, a blob to be imported
 *   1  u8 type, u8 length of a name, u8 length of a curve's name, both, a blob: imported with these
 *      parameters, and left open
 *   2  u8 property, the value: set on a key that is not final, and told again
 */
#include <string.h>

#include "base/bytes.h"
#include "cng/ksp/ksp.h"
#include "cng/ksp/software/software.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_LEN = 4096, OUT_LEN = 2 * MAX_LEN };

static const LPCWSTR types[] = { BCRYPT_PUBLIC_KEY_BLOB, BCRYPT_PRIVATE_KEY_BLOB,
    BCRYPT_RSAFULLPRIVATE_BLOB, LEGACY_RSAPRIVATE_BLOB, BCRYPT_ECCFULLPUBLIC_BLOB,
    BCRYPT_ECCFULLPRIVATE_BLOB, SSL_ECCPUBLIC_BLOB, BCRYPT_DH_PRIVATE_BLOB };

enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

static const struct {
    LPCWSTR name, algorithm;
} properties[] = {
    { NCRYPT_UI_POLICY_PROPERTY, NCRYPT_ECDH_P256_ALGORITHM },
    { NCRYPT_DH_PARAMETERS_PROPERTY, NCRYPT_DH_ALGORITHM },
    { NCRYPT_ECC_PARAMETERS_PROPERTY, NCRYPT_ECDH_ALGORITHM },
    { NCRYPT_ECC_CURVE_NAME_PROPERTY, NCRYPT_ECDSA_ALGORITHM },
    { NCRYPT_USE_CONTEXT_PROPERTY, NCRYPT_RSA_ALGORITHM },
    { NCRYPT_LENGTH_PROPERTY, NCRYPT_RSA_ALGORITHM },
    { u"of the application", NCRYPT_ECDH_P256_ALGORITHM },
    { BCRYPT_RSAFULLPRIVATE_BLOB, NCRYPT_RSA_ALGORITHM },
    { BCRYPT_ECCFULLPRIVATE_BLOB, NCRYPT_ECDH_ALGORITHM },
};

enum { PROPERTY_COUNT = sizeof(properties) / sizeof(properties[0]) };

static NCRYPT_KEY_STORAGE_FUNCTION_TABLE *table;
static NCRYPT_PROV_HANDLE provider;

static void start(void)
{
    FUZZ_CHECK(setenv("VITRINE_KEY_STORE", "/nonexistent/vitrine-fuzz", 1) == 0);
    FUZZ_CHECK(vit_ksp_interface(&vit_soft_backend, MS_KEY_STORAGE_PROVIDER, &table, 0) == 0);
    FUZZ_CHECK(table->OpenProvider(&provider, MS_KEY_STORAGE_PROVIDER, 0) == 0);
}

static bool is_refusal(SECURITY_STATUS status)
{
    return status == NTE_INVALID_PARAMETER || status == NTE_BAD_DATA || status == NTE_NOT_SUPPORTED;
}

/* What it is, it can tell; a private half leaves when it may. */
static void look_at(NCRYPT_KEY_HANDLE key)
{
    static BYTE out[OUT_LEN];
    DWORD len = 0, policy = NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG;
    FUZZ_CHECK(table->ExportKey(provider, key, 0, BCRYPT_PUBLIC_KEY_BLOB, NULL, out, OUT_LEN, &len,
                       0) == 0);
    FUZZ_CHECK(table->GetKeyProperty(provider, key, NCRYPT_LENGTH_PROPERTY, out, OUT_LEN, &len,
                       0) == 0);
    FUZZ_CHECK(table->SetKeyProperty(provider, key, NCRYPT_EXPORT_POLICY_PROPERTY, (PBYTE)&policy,
                       sizeof(policy), 0) == 0);
    SECURITY_STATUS status = table->ExportKey(provider, key, 0, BCRYPT_PRIVATE_KEY_BLOB, NULL, out,
            OUT_LEN, &len, 0);
    FUZZ_CHECK(status == 0 || status == NTE_BAD_TYPE);
}

static void import(LPCWSTR type, NCryptBufferDesc *parameters, BYTE *blob, DWORD len, DWORD flags)
{
    NCRYPT_KEY_HANDLE key = 0;
    SECURITY_STATUS status =
            table->ImportKey(provider, 0, type, parameters, &key, blob, len, flags);
    if (status != ERROR_SUCCESS) {
        FUZZ_CHECK(is_refusal(status) && key == 0);
        return;
    }
    if ((flags & NCRYPT_DO_NOT_FINALIZE_FLAG) == 0) {
        look_at(key);
    }
    FUZZ_CHECK(table->FreeKey(provider, key) == 0);
}

static void import_alone(struct vit_reader *in, BYTE *bytes)
{
    size_t type = vit_get_u8(in) % TYPE_COUNT;
    bool generic = (vit_get_u8(in) & 1) != 0;
    DWORD len = (DWORD)vit_reader_left(in);
    vit_get_bytes(in, bytes, len);
    import(types[type], NULL, bytes, len, generic ? NCRYPT_TREAT_NIST_AS_GENERIC_ECC_FLAG : 0);
}

static void import_with_parameters(struct vit_reader *in, BYTE *bytes)
{
    BYTE names[2][256];
    size_t type = vit_get_u8(in) % TYPE_COUNT;
    ULONG lens[2] = { vit_get_u8(in), 0 };
    lens[1] = vit_get_u8(in);
    vit_get_bytes(in, names[0], lens[0]);
    vit_get_bytes(in, names[1], lens[1]);
    NCryptBuffer buffers[] = {
        { lens[0], NCRYPTBUFFER_PKCS_KEY_NAME, names[0] },
        { lens[1], NCRYPTBUFFER_ECC_CURVE_NAME, names[1] },
    };
    NCryptBufferDesc list = { NCRYPTBUFFER_VERSION, 2, buffers };
    DWORD len = (DWORD)vit_reader_left(in);
    vit_get_bytes(in, bytes, len);
    if (vit_reader_ok(in)) {
        import(types[type], &list, bytes, len, NCRYPT_DO_NOT_FINALIZE_FLAG);
    }
}

static void set_property(struct vit_reader *in, BYTE *bytes)
{
    static BYTE out[OUT_LEN];
    NCRYPT_KEY_HANDLE key = 0;
    DWORD told = 0;
    size_t i = vit_get_u8(in) % PROPERTY_COUNT;
    DWORD len = (DWORD)vit_reader_left(in);
    vit_get_bytes(in, bytes, len);
    FUZZ_CHECK(table->CreatePersistedKey(provider, &key, properties[i].algorithm, u"name", 0, 0) ==
            0);
    SECURITY_STATUS status =
            table->SetKeyProperty(provider, key, properties[i].name, bytes, len, 0);
    FUZZ_CHECK(status == ERROR_SUCCESS || is_refusal(status));
    status = table->GetKeyProperty(provider, key, properties[i].name, out, OUT_LEN, &told, 0);
    FUZZ_CHECK(status != ERROR_SUCCESS || told <= OUT_LEN);
    FUZZ_CHECK(table->FreeKey(provider, key) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static BYTE bytes[MAX_LEN];
    struct vit_reader in;
    if (len == 0 || len > MAX_LEN) {
        return 0;
    }
    if (table == NULL) {
        start();
    }
    vit_reader_init(&in, data, len);
    switch (vit_get_u8(&in) % 3) {
    case 0:
        import_alone(&in, bytes);
        break;
    case 1:
        import_with_parameters(&in, bytes);
        break;
    default:
        set_property(&in, bytes);
    }
    return 0;
}
