/* SPDX-License-Identifier: MIT */
#include "tests/vectors/vectors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 8 };

struct field {
    char *name;
    char *value;
};

struct vector {
    struct field fields[MAX_FIELDS];
    size_t field_count;
};

struct vectors {
    char *text;
    struct vector *list;
    size_t count;
};

static _Noreturn void give_up(const char *what, const char *which)
{
    fprintf(stderr, "vectors: %s: %s\n", which, what);
    exit(1);
}

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        give_up(strerror(errno), path);
    }
    char *text = NULL;
    size_t capacity = 0;
    if (getdelim(&text, &capacity, '\0', file) < 0) {
        give_up("empty", path);
    }
    fclose(file);
    return text;
}

static struct vector *add_vector(struct vectors *vectors)
{
    vectors->list = reallocarray(vectors->list, vectors->count + 1, sizeof(struct vector));
    if (vectors->list == NULL) {
        give_up("no memory", "vectors");
    }
    struct vector *vector = &vectors->list[vectors->count++];
    vector->field_count = 0;
    return vector;
}

static void add_field(struct vector *vector, char *line)
{
    char *value = strchr(line, '=');
    if (value == NULL || vector->field_count == MAX_FIELDS) {
        give_up("not a field", line);
    }
    *value = '\0';
    vector->fields[vector->field_count++] = (struct field){ line, value + 1 };
}

static void parse(struct vectors *vectors)
{
    struct vector *vector = NULL;
    char *rest = vectors->text;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (line[0] == '\0') {
            vector = NULL;
        } else if (line[0] != '#') {
            vector = vector == NULL ? add_vector(vectors) : vector;
            add_field(vector, line);
        }
    }
}

struct vectors *vectors_load(const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", VECTORS_DIR, name);
    struct vectors *vectors = calloc(1, sizeof(*vectors));
    if (vectors == NULL) {
        give_up("no memory", name);
    }
    vectors->text = read_whole(path);
    parse(vectors);
    if (vectors->count == 0) {
        give_up("no vectors", path);
    }
    return vectors;
}

void vectors_free(struct vectors *vectors)
{
    free(vectors->list);
    free(vectors->text);
    free(vectors);
}

size_t vectors_count(const struct vectors *vectors)
{
    return vectors->count;
}

const struct vector *vectors_get(const struct vectors *vectors, size_t index)
{
    return &vectors->list[index];
}

const char *vector_text(const struct vector *vector, const char *field)
{
    for (size_t i = 0; i < vector->field_count; i++) {
        if (strcmp(vector->fields[i].name, field) == 0) {
            return vector->fields[i].value;
        }
    }
    give_up("no such field", field);
}

static unsigned nibble(char digit)
{
    const char *digits = "0123456789abcdef";
    const char *found = strchr(digits, digit);
    if (digit == '\0' || found == NULL) {
        give_up("not hexadecimal", "value");
    }
    return (unsigned)(found - digits);
}

size_t vector_bytes(const struct vector *vector, const char *field, uint8_t *out, size_t capacity)
{
    const char *text = vector_text(vector, field);
    size_t len = strlen(text) / 2;
    if (strlen(text) % 2 != 0 || len > capacity) {
        give_up("wrong length", field);
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
    }
    return len;
}

void vector_exact(const struct vector *vector, const char *field, uint8_t *out, size_t len)
{
    if (vector_bytes(vector, field, out, len) != len) {
        give_up("wrong length", field);
    }
}

uint64_t vector_number(const struct vector *vector, const char *field)
{
    return strtoull(vector_text(vector, field), NULL, 10);
}

bool vector_is_good(const struct vector *vector)
{
    return strcmp(vector_text(vector, "expect"), "good") == 0;
}

const char *vectors_key(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof(path), "%s/keys/%s", VECTORS_DIR, name);
    return path;
}
