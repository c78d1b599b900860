/* SPDX-License-Identifier: MIT */
/**
 * What the file of a key holds when it is open: attributes, the public half, and the private half as a
 * blob, which may be locked by a passphrase of its own (cng/ksp/software/wrap.h).
 */
#ifndef CNG_KSP_SOFTWARE_RECORD_H
#define CNG_KSP_SOFTWARE_RECORD_H

#include "cng/ksp/attributes.h"
#include "cng/ksp/backend.h"

/* Bytes of a record. */
enum { VIT_RECORD_ID_LEN = 16, VIT_RECORD_MAX_LEN = 8 << 20 };

struct vit_record {
    uint8_t id[VIT_RECORD_ID_LEN];        /* of the key: stays when its attributes change */
    struct vit_ksp_attributes attributes; /* with a name; machine is not kept here */
    const uint8_t *public_blob;           /* borrowed, as the next */
    size_t public_len;
    bool wrapped; /* private_blob is locked */
    const uint8_t *private_blob;
    size_t private_len;
};

/* Bytes that vit_record_write() writes. @return NTE_BAD_LEN more than a record may have */
SECURITY_STATUS vit_record_len(const struct vit_record *record, size_t *len);
void vit_record_write(const struct vit_record *record, uint8_t *bytes, size_t len);

/**
 * @param record  its attributes are the caller's to free; the blobs lie in bytes
 * @return NTE_BAD_DATA  not exactly a record
 */
SECURITY_STATUS vit_record_read(const uint8_t *bytes, size_t len, struct vit_record *record);

#endif
