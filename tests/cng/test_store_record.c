/* SPDX-License-Identifier: MIT */
/* What a key's file holds: written and read again, and nothing else read. */
#include <criterion/criterion.h>
#include <string.h>

#include "cng/ksp/software/record.h"
#include "cng/wide.h"

enum { MAX_LEN = 2048 };

static struct vit_ksp_custom second = { (WCHAR *)u"b", NULL, 0, NULL };
static struct vit_ksp_custom first = { (WCHAR *)u"a", (uint8_t *)"value", 5, &second };

static struct vit_record make(void)
{
    return (struct vit_record){
        .id = { 1, 2, 3 },
        .attributes = { .name = (WCHAR *)u"name",
                .algorithm = (WCHAR *)u"DH",
                .bits = 2048,
                .modified = INT64_MIN,
                .ui_friendly_name = (WCHAR *)u"",
                .dh_parameters = (uint8_t *)"parameters",
                .dh_parameters_len = 10,
                .custom = &first },
        .public_blob = (const uint8_t *)"public",
        .public_len = 6,
        .wrapped = true,
        .private_blob = (const uint8_t *)"private",
        .private_len = 7,
    };
}

static size_t write_record(const struct vit_record *record, uint8_t bytes[MAX_LEN])
{
    size_t len = 0;
    cr_assert_eq(vit_record_len(record, &len), ERROR_SUCCESS);
    cr_assert_leq(len, MAX_LEN);
    vit_record_write(record, bytes, len);
    return len;
}

/* Reads from a copy of exactly that length. */
static SECURITY_STATUS read_bytes(const uint8_t *bytes, size_t len)
{
    struct vit_record record;
    uint8_t *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, bytes, len);
    SECURITY_STATUS status = vit_record_read(copy, len, &record);
    cr_assert(SUCCEEDED(status) || record.attributes.name == NULL);
    vit_ksp_attributes_finish(&record.attributes);
    free(copy);
    return status;
}

Test(record, comes_back_as_it_was_written)
{
    uint8_t bytes[MAX_LEN], again[MAX_LEN];
    struct vit_record told = make(), got;
    size_t len = write_record(&told, bytes);
    cr_assert_eq(vit_record_read(bytes, len, &got), ERROR_SUCCESS);
    cr_assert_arr_eq(got.id, told.id, sizeof(told.id));
    cr_assert(vit_wide_equal(got.attributes.name, u"name"));
    cr_assert_eq(got.attributes.bits, 2048);
    cr_assert_eq(got.attributes.modified, INT64_MIN);
    cr_assert_null(got.attributes.curve);
    cr_assert_null(got.attributes.ui_title);
    cr_assert_eq(got.attributes.ui_friendly_name[0], 0);
    cr_assert_eq(got.attributes.dh_parameters_len, 10);
    cr_assert_arr_eq(got.attributes.dh_parameters, "parameters", 10);
    cr_assert_arr_eq(got.attributes.custom->bytes, "value", 5);
    cr_assert_null(got.attributes.custom->next->bytes);
    cr_assert(got.wrapped);
    cr_assert_arr_eq(got.public_blob, "public", 6);
    cr_assert_arr_eq(got.private_blob, "private", 7);
    cr_assert_eq(write_record(&got, again), len);
    cr_assert_arr_eq(bytes, again, len);
    vit_ksp_attributes_finish(&got.attributes);
}

Test(record, is_refused_at_every_truncation)
{
    uint8_t bytes[MAX_LEN];
    struct vit_record told = make();
    size_t len = write_record(&told, bytes);
    for (size_t cut = 0; cut < len; cut++) {
        cr_assert_eq(read_bytes(bytes, cut), NTE_BAD_DATA, "%zu", cut);
    }
    cr_assert_eq(read_bytes(bytes, len), ERROR_SUCCESS);
}

Test(record, is_refused_with_something_behind_it)
{
    uint8_t bytes[MAX_LEN] = { 0 };
    struct vit_record told = make();
    size_t len = write_record(&told, bytes);
    cr_assert_eq(read_bytes(bytes, len + 1), NTE_BAD_DATA);
}

/* Every byte in turn is made the greatest: no length may lead outside, nor eat up the memory. */
Test(record, is_read_or_refused_whatever_a_byte_says)
{
    uint8_t bytes[MAX_LEN];
    struct vit_record told = make();
    size_t len = write_record(&told, bytes);
    for (size_t i = 0; i < len; i++) {
        uint8_t kept = bytes[i];
        bytes[i] = 0xff;
        SECURITY_STATUS status = read_bytes(bytes, len);
        cr_assert(status == ERROR_SUCCESS || status == NTE_BAD_DATA);
        bytes[i] = 0;
        status = read_bytes(bytes, len);
        cr_assert(status == ERROR_SUCCESS || status == NTE_BAD_DATA);
        bytes[i] = kept;
    }
}

static SECURITY_STATUS read_made(const struct vit_record *record)
{
    uint8_t bytes[MAX_LEN];
    size_t len = write_record(record, bytes);
    return read_bytes(bytes, len);
}

Test(record, without_name_algorithm_or_blob_is_none)
{
    struct vit_record record = make();
    record.attributes.name = NULL;
    cr_assert_eq(read_made(&record), NTE_BAD_DATA);
    record.attributes.name = (WCHAR *)u"";
    cr_assert_eq(read_made(&record), NTE_BAD_DATA);
    record = make();
    record.attributes.algorithm = NULL;
    cr_assert_eq(read_made(&record), NTE_BAD_DATA);
    record = make();
    record.public_len = 0;
    cr_assert_eq(read_made(&record), NTE_BAD_DATA);
    record = make();
    record.private_len = 0;
    cr_assert_eq(read_made(&record), NTE_BAD_DATA);
    record = make();
    cr_assert_eq(read_made(&record), ERROR_SUCCESS);
}

/* The text "name" begins with its length, 5, and stands behind the id and the numbers. */
Test(record, has_texts_without_a_nul)
{
    enum { AT = 16 + 5 * 4 + 8 };
    uint8_t bytes[MAX_LEN];
    struct vit_record told = make();
    size_t len = write_record(&told, bytes);
    cr_assert_eq(bytes[AT], 5);
    cr_assert_eq(bytes[AT + 4], 'n');
    bytes[AT + 6] = 0;
    cr_assert_eq(read_bytes(bytes, len), NTE_BAD_DATA);
}

Test(record, says_of_its_private_half_locked_or_not_and_nothing_else)
{
    uint8_t bytes[MAX_LEN];
    struct vit_record told = make();
    size_t len = write_record(&told, bytes);
    size_t at = len - 7 - 4 - 1;
    cr_assert_eq(bytes[at], 1);
    bytes[at] = 0;
    cr_assert_eq(read_bytes(bytes, len), ERROR_SUCCESS);
    bytes[at] = 2;
    cr_assert_eq(read_bytes(bytes, len), NTE_BAD_DATA);
}

Test(record, has_limits)
{
    static WCHAR text[4098];
    size_t len;
    struct vit_record record = make();
    for (size_t i = 0; i < 4096; i++) {
        text[i] = u'x';
    }
    record.attributes.ui_description = text;
    cr_assert_eq(vit_record_len(&record, &len), ERROR_SUCCESS);
    text[4096] = u'x';
    cr_assert_eq(vit_record_len(&record, &len), NTE_BAD_LEN);
    record = make();
    record.public_len = VIT_RECORD_MAX_LEN;
    cr_assert_eq(vit_record_len(&record, &len), NTE_BAD_LEN);
    record.public_len = SIZE_MAX;
    cr_assert_eq(vit_record_len(&record, &len), NTE_BAD_LEN);
}

Test(record, has_a_limit_to_its_list)
{
    static struct vit_ksp_custom many[4097];
    size_t len;
    struct vit_record record = make();
    for (size_t i = 0; i < 4097; i++) {
        many[i] = (struct vit_ksp_custom){ (WCHAR *)u"n", NULL, 0, i < 4095 ? &many[i + 1] : NULL };
    }
    record.attributes.custom = many;
    cr_assert_eq(vit_record_len(&record, &len), ERROR_SUCCESS);
    uint8_t *bytes = malloc(len);
    vit_record_write(&record, bytes, len);
    cr_assert_eq(read_bytes(bytes, len), ERROR_SUCCESS);
    free(bytes);
    many[4095].next = &many[4096];
    cr_assert_eq(vit_record_len(&record, &len), NTE_BAD_LEN);
}
