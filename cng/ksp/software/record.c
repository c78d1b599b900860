/* SPDX-License-Identifier: MIT */
/*
 * A record is a row of numbers, little-endian, and of texts and bytes with their lengths in front. A
 * text is there with its length plus one, or not there with 0; it is UTF-16 without its NUL, and has
 * none inside.
 */
#include "cng/ksp/software/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cng/wide.h"

enum {
    CUSTOM_MAX_COUNT = 4096,
    NUMBERS_LEN = VIT_RECORD_ID_LEN + 5 * 4 + 8,
};

enum text {
    TEXT_NAME,
    TEXT_ALGORITHM,
    TEXT_CURVE,
    TEXT_TITLE,
    TEXT_FRIENDLY_NAME,
    TEXT_DESCRIPTION,
    TEXT_COUNT
};

static WCHAR **text_of(struct vit_ksp_attributes *attributes, enum text text)
{
    WCHAR **const texts[TEXT_COUNT] = { &attributes->name, &attributes->algorithm,
        &attributes->curve, &attributes->ui_title, &attributes->ui_friendly_name,
        &attributes->ui_description };
    return texts[text];
}

static LPCWSTR get_text(const struct vit_ksp_attributes *attributes, enum text text)
{
    return *text_of((struct vit_ksp_attributes *)attributes, text);
}

/* Adds up; too_long stays when it is set. */
struct measure {
    size_t len;
    bool too_long;
};

static void measure_bytes(struct measure *measure, size_t len)
{
    measure->too_long |= len > VIT_RECORD_MAX_LEN;
    if (!measure->too_long) {
        measure->len += 4 + len;
        measure->too_long = measure->len > VIT_RECORD_MAX_LEN;
    }
}

static void measure_text(struct measure *measure, LPCWSTR text)
{
    size_t len = text != NULL ? vit_wide_len(text) : 0;
    measure->too_long |= len > VIT_KSP_TEXT_MAX_LEN;
    measure_bytes(measure, len * sizeof(WCHAR));
}

SECURITY_STATUS vit_record_len(const struct vit_record *record, size_t *len)
{
    struct measure measure = { NUMBERS_LEN + 4 + 1, false };
    size_t custom_count = 0;
    for (unsigned i = 0; i < TEXT_COUNT; i++) {
        measure_text(&measure, get_text(&record->attributes, (enum text)i));
    }
    measure_bytes(&measure, record->attributes.dh_parameters_len);
    for (const struct vit_ksp_custom *custom = record->attributes.custom; custom != NULL;
            custom = custom->next) {
        custom_count++;
        measure_text(&measure, custom->name);
        measure_bytes(&measure, custom->len);
    }
    measure_bytes(&measure, record->public_len);
    measure_bytes(&measure, record->private_len);
    *len = measure.len;
    return measure.too_long || custom_count > CUSTOM_MAX_COUNT ? NTE_BAD_LEN : ERROR_SUCCESS;
}

static void put_text(struct vit_writer *out, LPCWSTR text)
{
    if (text == NULL) {
        vit_put_u32(out, 0);
        return;
    }
    size_t len = vit_wide_len(text);
    vit_put_u32(out, (uint32_t)len + 1);
    for (size_t i = 0; i < len; i++) {
        vit_put_u16(out, text[i]);
    }
}

static void put_counted(struct vit_writer *out, const uint8_t *bytes, size_t len)
{
    vit_put_u32(out, (uint32_t)len);
    if (len > 0) {
        vit_put_bytes(out, bytes, len);
    }
}

static void put_custom(struct vit_writer *out, const struct vit_ksp_custom *first)
{
    uint32_t count = 0;
    for (const struct vit_ksp_custom *custom = first; custom != NULL; custom = custom->next) {
        count++;
    }
    vit_put_u32(out, count);
    for (const struct vit_ksp_custom *custom = first; custom != NULL; custom = custom->next) {
        put_text(out, custom->name);
        put_counted(out, custom->bytes, custom->len);
    }
}

void vit_record_write(const struct vit_record *record, uint8_t *bytes, size_t len)
{
    const struct vit_ksp_attributes *attributes = &record->attributes;
    struct vit_writer out;
    vit_writer_init(&out, bytes, len);
    vit_put_bytes(&out, record->id, sizeof(record->id));
    vit_put_u32(&out, attributes->bits);
    vit_put_u32(&out, attributes->legacy_spec);
    vit_put_u32(&out, attributes->export_policy);
    vit_put_u32(&out, attributes->usage);
    vit_put_u32(&out, attributes->ui_flags);
    vit_put_u64(&out, (uint64_t)attributes->modified);
    for (unsigned i = 0; i < TEXT_COUNT; i++) {
        put_text(&out, get_text(attributes, (enum text)i));
    }
    put_counted(&out, attributes->dh_parameters, attributes->dh_parameters_len);
    put_custom(&out, attributes->custom);
    put_counted(&out, record->public_blob, record->public_len);
    vit_put_u8(&out, record->wrapped);
    put_counted(&out, record->private_blob, record->private_len);
}

/* Sticky as its reader is: a text that is none makes it bad. */
struct source {
    struct vit_reader in;
    SECURITY_STATUS status;
};

static void fail(struct source *source, SECURITY_STATUS status)
{
    if (SUCCEEDED(source->status)) {
        source->status = status;
    }
}

static bool is_good(const struct source *source)
{
    return SUCCEEDED(source->status) && vit_reader_ok(&source->in);
}

static void *allocate(struct source *source, size_t len)
{
    void *memory = calloc(1, len > 0 ? len : 1);
    if (memory == NULL) {
        fail(source, NTE_NO_MEMORY);
    }
    return memory;
}

static WCHAR *take_text(struct source *source)
{
    uint32_t told = vit_get_u32(&source->in);
    if (told == 0 || !is_good(source)) {
        return NULL;
    }
    size_t len = told - 1;
    if (len > VIT_KSP_TEXT_MAX_LEN || len * sizeof(WCHAR) > vit_reader_left(&source->in)) {
        fail(source, NTE_BAD_DATA);
        return NULL;
    }
    WCHAR *text = allocate(source, (len + 1) * sizeof(WCHAR));
    for (size_t i = 0; text != NULL && i < len; i++) {
        text[i] = vit_get_u16(&source->in);
        if (text[i] == 0) {
            fail(source, NTE_BAD_DATA);
        }
    }
    return text;
}

static const uint8_t *take_span(struct source *source, size_t *len)
{
    *len = vit_get_u32(&source->in);
    const uint8_t *span = is_good(source) ? vit_get_span(&source->in, *len) : NULL;
    if (span == NULL) {
        *len = 0;
    }
    return span;
}

/* NULL: none. */
static uint8_t *take_copy(struct source *source, size_t *len)
{
    const uint8_t *span = take_span(source, len);
    uint8_t *copy = *len > 0 ? allocate(source, *len) : NULL;
    if (copy != NULL) {
        memcpy(copy, span, *len);
    }
    return copy;
}

static void take_custom(struct source *source, struct vit_ksp_custom **next)
{
    uint32_t count = vit_get_u32(&source->in);
    if (count > CUSTOM_MAX_COUNT) {
        fail(source, NTE_BAD_DATA);
    }
    for (uint32_t i = 0; i < count && is_good(source); i++) {
        struct vit_ksp_custom *custom = allocate(source, sizeof(*custom));
        if (custom == NULL) {
            return;
        }
        *next = custom;
        next = &custom->next;
        custom->name = take_text(source);
        custom->bytes = take_copy(source, &custom->len);
        if (custom->name == NULL) {
            fail(source, NTE_BAD_DATA);
        }
    }
}

static void take_record(struct source *source, struct vit_record *record)
{
    struct vit_ksp_attributes *attributes = &record->attributes;
    vit_get_bytes(&source->in, record->id, sizeof(record->id));
    attributes->bits = vit_get_u32(&source->in);
    attributes->legacy_spec = vit_get_u32(&source->in);
    attributes->export_policy = vit_get_u32(&source->in);
    attributes->usage = vit_get_u32(&source->in);
    attributes->ui_flags = vit_get_u32(&source->in);
    attributes->modified = (int64_t)vit_get_u64(&source->in);
    for (unsigned i = 0; i < TEXT_COUNT; i++) {
        *text_of(attributes, (enum text)i) = take_text(source);
    }
    attributes->dh_parameters = take_copy(source, &attributes->dh_parameters_len);
    take_custom(source, &attributes->custom);
    record->public_blob = take_span(source, &record->public_len);
    uint8_t wrapped = vit_get_u8(&source->in);
    record->wrapped = wrapped != 0;
    record->private_blob = take_span(source, &record->private_len);
    if (wrapped > 1) {
        fail(source, NTE_BAD_DATA);
    }
}

static bool is_whole(const struct vit_record *record)
{
    const struct vit_ksp_attributes *attributes = &record->attributes;
    return attributes->name != NULL && attributes->name[0] != 0 && attributes->algorithm != NULL &&
            record->public_len > 0 && record->private_len > 0;
}

SECURITY_STATUS vit_record_read(const uint8_t *bytes, size_t len, struct vit_record *record)
{
    struct source source = { .status = ERROR_SUCCESS };
    *record = (struct vit_record){ 0 };
    if (len > VIT_RECORD_MAX_LEN) {
        return NTE_BAD_DATA;
    }
    vit_reader_init(&source.in, bytes, len);
    take_record(&source, record);
    if (!vit_reader_done(&source.in) || !is_whole(record)) {
        fail(&source, NTE_BAD_DATA);
    }
    if (FAILED(source.status)) {
        vit_ksp_attributes_finish(&record->attributes);
        *record = (struct vit_record){ 0 };
    }
    return source.status;
}
