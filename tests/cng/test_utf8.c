/* SPDX-License-Identifier: MIT */
#include "cng/utf8.h"

#include <criterion/criterion.h>
#include <string.h>

#include "cng/wide.h"

static void both_ways(const char *narrow, const WCHAR *wide)
{
    VIT_AUTO(wide) made = vit_wide_from_utf8(narrow, strlen(narrow));
    VIT_AUTO(string) back = vit_wide_to_utf8(wide);
    cr_assert(vit_wide_equal(made, wide), "%s", narrow);
    cr_assert_str_eq(back, narrow);
}

Test(utf8, goes_both_ways)
{
    both_ways("", u"");
    both_ways("plain", u"plain");
    both_ways("\x7f\xc2\x80", u"\x7f\x80");
    both_ways("\xdf\xbf\xe0\xa0\x80", u"\u07ff\u0800");
    both_ways("\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", u"\ud7ff\ue000\uffff");
    both_ways("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", u"\U00010000\U0010ffff");
}

Test(utf8, every_character_goes_both_ways)
{
    for (uint32_t code = 1; code <= 0x10ffff; code += code < 0x11000 ? 1 : 251) {
        WCHAR wide[3] = { (WCHAR)code };
        if (code >= 0xd800 && code <= 0xdfff) {
            continue;
        }
        if (code > 0xffff) {
            wide[0] = (WCHAR)(0xd800 + ((code - 0x10000) >> 10));
            wide[1] = (WCHAR)(0xdc00 + (code & 0x3ff));
        }
        VIT_AUTO(string) narrow = vit_wide_to_utf8(wide);
        VIT_AUTO(wide) back = vit_wide_from_utf8(narrow, strlen(narrow));
        cr_assert(vit_wide_equal(wide, back), "%x", code);
    }
}

Test(utf8, refuses_what_is_none)
{
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        { "\x80", 1 },
        { "\xc0\x80", 2 },
        { "\xc1\xbf", 2 },
        { "\xc3", 1 },
        { "\xc3(", 2 },
        { "\xe0\x9f\xbf", 3 },
        { "\xe2\x82", 2 },
        { "\xed\xa0\x80", 3 },
        { "\xed\xbf\xbf", 3 },
        { "\xf0\x8f\xbf\xbf", 4 },
        { "\xf4\x90\x80\x80", 4 },
        { "\xf8\x88\x80\x80\x80", 5 },
        { "\xff", 1 },
        { "a\0b", 3 },
        { "fine\xfe", 5 },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_null(vit_wide_from_utf8(bad[i].bytes, bad[i].len), "%zu", i);
    }
}

Test(utf8, reads_no_further_than_it_is_told)
{
    VIT_AUTO(wide) made = vit_wide_from_utf8("\xc3\xa9\xc3", 2);
    cr_assert(vit_wide_equal(made, u"\u00e9"));
}

Test(utf8, half_of_a_pair_becomes_a_replacement)
{
    static const WCHAR halves[][4] = { { 0xd800, 'x', 0 }, { 0xdc00, 'x', 0 },
        { 0xdc00, 0xd800, 0 } };
    static const char *const wanted[] = { "\xef\xbf\xbdx", "\xef\xbf\xbdx",
        "\xef\xbf\xbd\xef\xbf\xbd" };
    for (size_t i = 0; i < 3; i++) {
        VIT_AUTO(string) made = vit_wide_to_utf8(halves[i]);
        cr_assert_str_eq(made, wanted[i]);
    }
}
