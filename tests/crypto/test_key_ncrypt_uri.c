/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "crypto/key.h"
#include "crypto/key_ncrypt_uri.h"

static bool same(const char16_t *a, const char16_t *b)
{
    while (*a == *b && *a != 0) {
        a++;
        b++;
    }
    return *a == *b;
}

static void check(const char *text, const char16_t *provider, const char16_t *key, bool machine)
{
    VIT_AUTO(ncrypt_uri) uri;
    cr_assert_eq(vit_ncrypt_uri_parse(text, &uri), VIT_OK, "%s", text);
    cr_assert(same(uri.provider, provider), "%s", text);
    cr_assert(same(uri.key, key), "%s", text);
    cr_assert_eq(uri.machine, machine, "%s", text);
}

Test(key_ncrypt_uri, names_a_provider_and_a_key)
{
    check("ncrypt:software/device", u"software", u"device", false);
    check("ncrypt:token/a/b c", u"token", u"a/b c", false);
    check("ncrypt:token/k?machine=1", u"token", u"k", true);
    check("ncrypt:token/k?machine=0", u"token", u"k", false);
    check("ncrypt:Microsoft%20Software%20Key%20Storage%20Provider/k",
            u"Microsoft Software Key Storage Provider", u"k", false);
    check("ncrypt:a%2fb/c%3Fd%25", u"a/b", u"c?d%", false);
    check("ncrypt:p/Schl\xc3\xbcssel%20%F0%9F%94%91", u"p", u"Schlüssel 🔑", false);
    check("ncrypt:p/\xef\xbf\xbd", u"p", u"\xfffd", false);
}

Test(key_ncrypt_uri, that_is_none_is_refused)
{
    static const char *const texts[] = { "", "ncrypt:", "ncrypt:software", "ncrypt:software/",
        "ncrypt:/key", "ncrypt:software?machine=1/key", "ncrypt:p/k?", "ncrypt:p/k?machine",
        "ncrypt:p/k?machine=2", "ncrypt:p/k?machine=1&x=1", "ncrypt:p/%", "ncrypt:p/%4",
        "ncrypt:p/%4g", "ncrypt:p/%00", "ncrypt:p/k%00", "ncrypt:p/%80", "ncrypt:p/%c0%af",
        "ncrypt:p/%c3", "ncrypt:p/%ed%a0%80", "ncrypt:p/%f4%90%80%80", "ncrypt:p/%ff", "NCRYPT:p/k",
        "file:p/k" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct vit_ncrypt_uri uri;
        cr_assert_eq(vit_ncrypt_uri_parse(texts[i], &uri), VIT_E_ARG, "%s", texts[i]);
        cr_assert_null(uri.provider);
        cr_assert_null(uri.key);
    }
    struct vit_private_key *key = NULL;
    cr_assert_eq(vit_private_key_open("ncrypt:software", NULL, NULL, &key), VIT_E_IO);
    cr_assert_null(key);
}

Test(key_ncrypt_uri, cut_anywhere_does_no_harm)
{
    static const char whole[] = "ncrypt:software/%C3%BCber?machine=1";
    for (size_t len = 0; len < sizeof(whole); len++) {
        char *cut = strndup(whole, len);
        struct vit_ncrypt_uri uri;
        if (vit_ncrypt_uri_parse(cut, &uri) == VIT_OK) {
            vit_ncrypt_uri_finish(&uri);
        }
        free(cut);
    }
}
