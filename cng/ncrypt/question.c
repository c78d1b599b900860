/* SPDX-License-Identifier: MIT */
#include "cng/ncrypt/question.h"

#include <stdbool.h>

#include "cng/utf8.h"
#include "cng/wide.h"

/* Controls, and marks that turn the direction of what is around them or are not seen. */
static bool is_unseen(WCHAR unit)
{
    return unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || unit == 0xad || unit == 0x61c ||
            (unit >= 0x200b && unit <= 0x200f) || (unit >= 0x2028 && unit <= 0x202e) ||
            (unit >= 0x2060 && unit <= 0x206f) || unit == 0xfeff;
}

/* NULL stays NULL. False: out of memory. */
static bool shown(LPCWSTR text, char **out)
{
    *out = NULL;
    if (text == NULL) {
        return true;
    }
    size_t len = vit_wide_len(text);
    VIT_AUTO(wide) copy = calloc(len + 1, sizeof(*copy));
    for (size_t i = 0; copy != NULL && i < len; i++) {
        copy[i] = is_unseen(text[i]) ? u'?' : text[i];
    }
    *out = copy == NULL ? NULL : vit_wide_to_utf8(copy);
    return *out != NULL;
}

static void say_line(FILE *out, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        fprintf(out, "%s\n", text);
    }
}

/* Stores and tokens have the provider's line only. */
static void say_key(FILE *out, const char *key, const char *friendly)
{
    bool named = friendly != NULL && friendly[0] != '\0';
    if (key == NULL) {
        say_line(out, friendly);
    } else if (named) {
        fprintf(out, "Key \"%s\" (%s)\n", key, friendly);
    } else {
        fprintf(out, "Key \"%s\"\n", key);
    }
}

static void say_request(FILE *out, const VITRINE_NCRYPT_QUESTION *question, const char *operation)
{
    const char *of = question->KeyName != NULL ? "the key" : "the store";
    switch (question->Kind) {
    case VITRINE_NCRYPT_CONFIRM:
        fprintf(out, "Allow it to %s? (yes/no) ", operation);
        break;
    case VITRINE_NCRYPT_PIN:
        fprintf(out, "PIN to %s: ", operation);
        break;
    case VITRINE_NCRYPT_NEW_PASSPHRASE:
        fprintf(out, "New passphrase of %s, to %s: ", of, operation);
        break;
    default:
        fprintf(out, "Passphrase of %s, to %s: ", of, operation);
    }
}

char *vit_question_text(const VITRINE_NCRYPT_QUESTION *question)
{
    VIT_AUTO(string) provider = NULL;
    VIT_AUTO(string) key = NULL;
    VIT_AUTO(string) title = NULL;
    VIT_AUTO(string) friendly = NULL;
    VIT_AUTO(string) description = NULL;
    VIT_AUTO(string) operation = NULL;
    bool whole = shown(question->Provider, &provider);
    whole = shown(question->KeyName, &key) && whole;
    whole = shown(question->Title, &title) && whole;
    whole = shown(question->FriendlyName, &friendly) && whole;
    whole = shown(question->Description, &description) && whole;
    whole = shown(question->Operation, &operation) && whole;
    char *text = NULL;
    size_t len = 0;
    FILE *out = whole ? open_memstream(&text, &len) : NULL;
    if (out == NULL) {
        return NULL;
    }
    say_line(out, title);
    say_line(out, provider);
    say_key(out, key, friendly);
    say_line(out, description);
    say_request(out, question, operation != NULL ? operation : "go on");
    bool written = !ferror(out);
    if (fclose(out) != 0 || !written) {
        free(text);
        return NULL;
    }
    return text;
}
