/* SPDX-License-Identifier: MIT */
/**
 * Reads the vectors of this folder: records of "field=value" lines, divided by empty lines. Whatever
 * is wrong with a file or a record ends the test program with a message, so nothing fails here.
 */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vectors;
struct vector; /* lives as long as the vectors it is one of */

/* name: of a file in this folder */
struct vectors *vectors_load(const char *name);
void vectors_free(struct vectors *vectors);
size_t vectors_count(const struct vectors *vectors);
const struct vector *vectors_get(const struct vectors *vectors, size_t index);

/* The value as it is written. */
const char *vector_text(const struct vector *vector, const char *field);
/* The number of bytes of a value in hexadecimal, written to out. */
size_t vector_bytes(const struct vector *vector, const char *field, uint8_t *out, size_t capacity);
/* Exactly len bytes. */
void vector_exact(const struct vector *vector, const char *field, uint8_t *out, size_t len);
uint64_t vector_number(const struct vector *vector, const char *field);
/* Is the block to be accepted? ("expect=good") */
bool vector_is_good(const struct vector *vector);

/* The path of a key in keys/: "rsa2048.pem". Valid until the next call. */
const char *vectors_key(const char *name);
/* Of encrypted2048.pem. */
#define VECTORS_PASSPHRASE "glass case"

#endif
