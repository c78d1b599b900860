/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "cng/ksp/token/pkcs11.h"

void vit_token_uri_free(P11KitUri *uri)
{
    const char *pin = uri != NULL ? p11_kit_uri_get_pin_value(uri) : NULL;
    if (pin != NULL) {
        vit_wipe((char *)pin, strlen(pin));
    }
    p11_kit_uri_free(uri);
}

static bool is_pin(const char *pin)
{
    return pin[0] != 0;
}

static bool take_value(const char *value, char *pin, size_t capacity)
{
    size_t len = strlen(value);
    if (len >= capacity) {
        return false;
    }
    memcpy(pin, value, len + 1);
    return is_pin(pin);
}

/* A whole file that is longer than any PIN is no file with a PIN. */
static bool take_file(const char *source, char *pin, size_t capacity)
{
    const char *path = strncmp(source, "file:", 5) == 0 ? source + 5 : source;
    path += strncmp(path, "///", 3) == 0 ? 2 : 0;
    VIT_AUTO(fd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    size_t len = 0;
    while (len < capacity) {
        ssize_t got = read(fd, pin + len, capacity - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    if (len == capacity) {
        vit_wipe(pin, capacity);
        return false;
    }
    pin[len] = 0;
    pin[strcspn(pin, "\r\n")] = 0;
    return is_pin(pin);
}

bool vit_token_pin_of_uri(const char *uri, char *pin, size_t capacity)
{
    VIT_AUTO(token_uri) parsed = uri != NULL ? p11_kit_uri_new() : NULL;
    if (parsed == NULL || p11_kit_uri_parse(uri, P11_KIT_URI_FOR_ANY, parsed) != P11_KIT_URI_OK) {
        return false;
    }
    const char *value = p11_kit_uri_get_pin_value(parsed);
    if (value != NULL) {
        return take_value(value, pin, capacity);
    }
    const char *source = p11_kit_uri_get_pin_source(parsed);
    return source != NULL && take_file(source, pin, capacity);
}
