/* SPDX-License-Identifier: MIT */
/* The private blob of the interface that was before CNG: everything in it is little-endian. It is
 * read only; nothing writes it. */
#include "cng/bcrypt/key_rsa.h"

enum { PRIVATE_KEY = 7, VERSION = 2, BITS_UNIT = 16 };

struct legacy_header {
    UCHAR type, version;
    USHORT reserved;
    ULONG algorithm;
    ULONG magic; /* the one of the blob without dP, dQ, qInv and d */
    ULONG bits;
    ULONG exponent;
};

/* In halves of the modulus, in the order of the blob. */
static const struct {
    enum vit_rsa_part part;
    unsigned halves;
} layout[] = {
    { VIT_RSA_N, 2 },
    { VIT_RSA_P, 1 },
    { VIT_RSA_Q, 1 },
    { VIT_RSA_DP, 1 },
    { VIT_RSA_DQ, 1 },
    { VIT_RSA_QINV, 1 },
    { VIT_RSA_D, 2 },
};

enum { PARTS = sizeof(layout) / sizeof(layout[0]), HALVES = 9 };

/* The numbers turned round, in secret memory. */
struct turned {
    UCHAR *bytes;
    size_t len;
};

typedef struct turned vit_auto_type_turned;

static void vit_auto_turned(struct turned *turned)
{
    vit_slab_free(vit_bcrypt_slab(), turned->bytes, turned->len);
}

static void turn(UCHAR *to, const UCHAR *from, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        to[i] = from[len - 1 - i];
    }
}

static NTSTATUS create(const struct legacy_header *header, const UCHAR *numbers, size_t len,
        struct vit_rsa **rsa)
{
    struct vit_rsa_number parts[VIT_RSA_PART_COUNT] = { 0 };
    UCHAR exponent[sizeof(header->exponent)];
    VIT_AUTO(turned) turned = { .len = len };
    struct vit_slab *slab = vit_bcrypt_slab();
    turned.bytes = slab == NULL ? NULL : vit_slab_alloc(slab, len);
    if (turned.bytes == NULL) {
        return STATUS_NO_MEMORY;
    }
    turn(exponent, (const UCHAR *)&header->exponent, sizeof(exponent));
    parts[VIT_RSA_E] = (struct vit_rsa_number){ exponent, sizeof(exponent) };
    size_t at = 0;
    for (size_t i = 0; i < PARTS; i++) {
        size_t part_len = layout[i].halves * (len / HALVES);
        turn(turned.bytes + at, numbers + at, part_len);
        parts[layout[i].part] = (struct vit_rsa_number){ turned.bytes + at, part_len };
        at += part_len;
    }
    return vit_bcrypt_status(vit_rsa_create(parts, rsa));
}

NTSTATUS vit_bcrypt_rsa_read_legacy(const UCHAR *bytes, ULONG len, struct vit_rsa **rsa)
{
    struct legacy_header header;
    if (len < sizeof(header)) {
        return STATUS_INVALID_PARAMETER;
    }
    memcpy(&header, bytes, sizeof(header));
    bool known = header.type == PRIVATE_KEY && header.version == VERSION &&
            header.magic == BCRYPT_RSAPRIVATE_MAGIC && header.bits > 0 &&
            header.bits <= VIT_RSA_MAX_BITS && header.bits % BITS_UNIT == 0;
    size_t numbers_len = (size_t)header.bits / BITS_UNIT * HALVES;
    if (!known || len != sizeof(header) + numbers_len) {
        return STATUS_INVALID_PARAMETER;
    }
    return create(&header, bytes + sizeof(header), numbers_len, rsa);
}
