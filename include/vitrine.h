/* SPDX-License-Identifier: MIT */
/**
 * Vitrine's helpers for authors of players and content servers: the half of a protected session
 * that is not the driver's. Verify whom you talk to, make the 256 bytes of the exchange, wrap content
 * keys, seal frames, refresh the session key, open what was read back.
 *
 * Everything here is a call on your memory: nothing is sent, and nothing keeps a pointer after the
 * call unless its comment says so. Keys are 16 bytes; wipe yours when they are no longer needed.
 * Functions check their arguments: NULL where memory is needed is VITRINE_E_ARG. A function that
 * does not return VITRINE_OK leaves its outputs as they were, unless its comment says otherwise.
 *
 * There is no global state. An object may be used by one thread at a time; a struct vitrine_device
 * does not change after it was made and may be shared by threads.
 *
 * The pages named are those of Microsoft's public documentation.
 */
#ifndef VITRINE_H
#define VITRINE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VITRINE_API __attribute__((visibility("default")))
#define VITRINE_RESULT VITRINE_API __attribute__((warn_unused_result)) enum vitrine_status
#else
#define VITRINE_API
#define VITRINE_RESULT enum vitrine_status
#endif

/* What a call can say; each name tells what the caller can do. Values never change. */
enum vitrine_status {
    VITRINE_OK = 0,
    VITRINE_E_ARG = 1,         /* the call is wrong: fix it */
    VITRINE_E_STATE = 2,       /* wrong order */
    VITRINE_E_NOMEM = 3,       /* out of memory, or of memory that may be locked (RLIMIT_MEMLOCK) */
    VITRINE_E_LIMIT = 4,       /* a stated limit is reached: release something first */
    VITRINE_E_UNSUPPORTED = 5, /* never works here: do without */
    VITRINE_E_REFUSED = 6,     /* bytes that do not authenticate: do not use them */
    VITRINE_E_DENIED = 7,      /* content protection forbids it */
    VITRINE_E_BUSY = 8,        /* not finished yet: ask again */
    VITRINE_E_TIMEOUT = 9,     /* a wait reached its limit */
    VITRINE_E_GONE = 10,       /* the device or the peer is lost: reopen */
    VITRINE_E_PROTOCOL = 11,   /* the peer broke the protocol: give up on it */
    VITRINE_E_IO = 12          /* the system failed: no entropy, a file that cannot be read */
};

/* "ok", "refused", ...; "unknown" for another number. Static, never NULL. */
VITRINE_API const char *vitrine_status_name(enum vitrine_status status);

enum {
    VITRINE_KEY_LEN = 16,           /* session, content, read-back and signing keys: AES-128 */
    VITRINE_IV_LEN = 16,            /* D3D11_AES_CTR_IV */
    VITRINE_BLOCK_LEN = 256,        /* what the exchange calls take as pData */
    VITRINE_PLAINTEXT_MAX = 126,    /* what fits into such a block */
    VITRINE_OMAC_LEN = 16,          /* D3D11_OMAC, OPM_OMAC */
    VITRINE_OPM_RANDOM_LEN = 16,    /* OPM_RANDOM_NUMBER */
    VITRINE_OPM_PLAINTEXT_LEN = 40, /* what FinishInitialization carries */
    VITRINE_REASON_LEN = 160        /* a refusal in one line, with its zero byte */
};

/* Who holds the private key of the exchange: the driver in the player's machine (the guest), or the
 * device outside of it. A server that does not trust the player's kernel demands the device. */
enum vitrine_custody { VITRINE_CUSTODY_DRIVER = 1, VITRINE_CUSTODY_DEVICE = 2 };

/* A device whose certificate chain was verified. */
struct vitrine_device;

/**
 * Verifies the chain that GetCertificate or StartInitialization returned: X.509 v3 certificates in
 * DER one after the other, leaf first, then its issuers without the root. Checked are signatures,
 * dates, CA flags, path lengths, key usage, key sizes (the leaf's is RSA with 2048 bits) and that
 * the leaf names exactly one custody policy, which every issuer must allow. Revocation is not: see
 * vitrine_device_verify_revocation().
 *
 * @param chain   chain_len bytes
 * @param root    the one certificate, in DER, that you trust
 * @param now     seconds since 1970-01-01 UTC, or 0 for the clock of this machine
 * @param reason  NULL, or VITRINE_REASON_LEN bytes; a line that says which certificate is wrong and
 *                how on VITRINE_E_REFUSED, else empty
 * @param device  to be released by vitrine_device_destroy()
 * @return VITRINE_E_REFUSED  not to be trusted
 */
VITRINE_RESULT vitrine_device_verify(const void *chain, size_t chain_len, const void *root,
        size_t root_len, int64_t now, char *reason, struct vitrine_device **device);

/**
 * As vitrine_device_verify(), and none of the certificates is revoked: for each of their issuers, the
 * root too, there must be a list of revoked certificates (X.509 CRL) that is valid at that time and
 * does not name them. A list that is missing, outdated or damaged is a refusal.
 *
 * @param crls  crl_len bytes: lists in DER one after the other, in any order
 */
VITRINE_RESULT vitrine_device_verify_revocation(const void *chain, size_t chain_len,
        const void *root, size_t root_len, const void *crls, size_t crl_len, int64_t now,
        char *reason, struct vitrine_device **device);

/* NULL is fine. */
VITRINE_API void vitrine_device_destroy(struct vitrine_device *device);

VITRINE_API enum vitrine_custody vitrine_device_custody(const struct vitrine_device *device);

/* The leaf's subject (one printable line) and serial number (hexadecimal); live with the device. */
VITRINE_API const char *vitrine_device_subject(const struct vitrine_device *device);
VITRINE_API const char *vitrine_device_serial(const struct vitrine_device *device);

/* For keys, random numbers and start values. @return VITRINE_E_IO no entropy: bytes are unusable */
VITRINE_RESULT vitrine_random(void *bytes, size_t len);

/**
 * The 256 bytes for NegotiateCryptoSessionKeyExchange and NegotiateAuthenticatedChannelKeyExchange
 * (plaintext: the 16-byte session key) and for FinishInitialization (plaintext:
 * vitrine_opm_plaintext()). RSAES-OAEP with SHA-512 for label and mask and an empty label, as in
 * "OPM Example Code". Every call gives other bytes.
 *
 * @param len  at most VITRINE_PLAINTEXT_MAX
 */
VITRINE_RESULT vitrine_exchange_block(const struct vitrine_device *device, const void *plaintext,
        size_t len, uint8_t block[VITRINE_BLOCK_LEN]);

/* "OPM Example Code": key and both numbers from vitrine_random(), random from StartInitialization. */
struct vitrine_opm_start {
    uint8_t random[VITRINE_OPM_RANDOM_LEN];
    uint8_t signing_key[VITRINE_KEY_LEN];
    uint32_t status_sequence;  /* of the first GetInformation */
    uint32_t command_sequence; /* of the first Configure */
};

/* random, key, status number, command number; the numbers are little-endian. Secret: wipe it. */
VITRINE_RESULT vitrine_opm_plaintext(const struct vitrine_opm_start *start,
        uint8_t plaintext[VITRINE_OPM_PLAINTEXT_LEN]);

/* Room for AES: secret memory and key schedules, so that a call allocates nothing. Each thread that
 * seals has one of its own. */
struct vitrine_cipher;

VITRINE_RESULT vitrine_cipher_create(struct vitrine_cipher **cipher);
/* Wipes. NULL is fine. */
VITRINE_API void vitrine_cipher_destroy(struct vitrine_cipher *cipher);

/**
 * A content key as pContentKey of DecryptionBlt wants it: encrypted with the session key by AES-ECB
 * (ID3D11VideoContext::DecryptionBlt). key and wrapped may be the same memory.
 */
VITRINE_RESULT vitrine_key_wrap(struct vitrine_cipher *cipher,
        const uint8_t session_key[VITRINE_KEY_LEN], const uint8_t key[VITRINE_KEY_LEN],
        uint8_t wrapped[VITRINE_KEY_LEN]);

/* The way back, for the read-back key that GetEncryptionBltKey returns. */
VITRINE_RESULT vitrine_key_unwrap(struct vitrine_cipher *cipher,
        const uint8_t session_key[VITRINE_KEY_LEN], const uint8_t wrapped[VITRINE_KEY_LEN],
        uint8_t key[VITRINE_KEY_LEN]);

/**
 * Signed messages of authenticated channels and of OPM: the first VITRINE_OMAC_LEN bytes of message
 * become, or are compared with, the AES-CMAC of all that follows, padding included ("Using Output
 * Protection Manager"). The comparison takes constant time.
 *
 * @param message  len bytes, at least VITRINE_OMAC_LEN
 * @return vitrine_omac_check(): VITRINE_E_REFUSED another tag
 */
VITRINE_RESULT vitrine_omac_sign(struct vitrine_cipher *cipher, const uint8_t key[VITRINE_KEY_LEN],
        void *message, size_t len);
VITRINE_RESULT vitrine_omac_check(struct vitrine_cipher *cipher, const uint8_t key[VITRINE_KEY_LEN],
        const void *message, size_t len);

/**
 * The session key after a refresh: XOR with the number that StartSessionKeyRefresh returned. In
 * force once FinishSessionKeyRefresh was called, for content keys wrapped from then on as well.
 */
VITRINE_RESULT vitrine_session_key_refresh(uint8_t session_key[VITRINE_KEY_LEN],
        const uint8_t random[VITRINE_KEY_LEN]);

/**
 * The 16 bytes of a D3D11_AES_CTR_IV as they lie in memory: the number IV, then the number Count,
 * both big-endian. Under one key (content key or session key) IV must grow from frame to frame: the
 * device refuses an IV that is not above the last. The first one is random, but not near 2^64.
 */
VITRINE_RESULT vitrine_iv_bytes(uint64_t iv, uint64_t count, uint8_t bytes[VITRINE_IV_LEN]);

/**
 * D3D11_ENCRYPTED_BLOCK_INFO, in bytes: the first prefix bytes are encrypted; then skip bytes are
 * clear and encrypt bytes are encrypted, again and again to the end. With skip and encrypt both 0
 * only the prefix is encrypted. The key stream advances over encrypted bytes only.
 */
struct vitrine_partial {
    uint32_t prefix;  /* NumEncryptedBytesAtBeginning */
    uint32_t skip;    /* NumBytesInSkipPattern */
    uint32_t encrypt; /* NumBytesInEncryptPattern */
};

/**
 * Encrypts a frame in place by AES-128-CTR, for DecryptionBlt. IV stays as it is in all counter
 * blocks of the frame; Count grows by one for each 16 bytes of key stream.
 *
 * @param iv       as vitrine_iv_bytes() makes it
 * @param partial  NULL: all of the frame is encrypted
 * @param frame    len bytes; not to be used unless VITRINE_OK is returned
 * @return VITRINE_E_ARG  also: Count would pass 2^64 - 1; then the frame is as it was
 */
VITRINE_RESULT vitrine_frame_seal(struct vitrine_cipher *cipher, const uint8_t key[VITRINE_KEY_LEN],
        const uint8_t iv[VITRINE_IV_LEN], const struct vitrine_partial *partial, void *frame,
        size_t len);

/**
 * Decrypts in place what EncryptionBlt wrote.
 *
 * @param key  the read-back key
 * @param iv   the 16 bytes that EncryptionBlt wrote to pIV
 */
VITRINE_RESULT vitrine_frame_open(struct vitrine_cipher *cipher, const uint8_t key[VITRINE_KEY_LEN],
        const uint8_t iv[VITRINE_IV_LEN], void *frame, size_t len);

#ifdef __cplusplus
}
#endif

#endif
