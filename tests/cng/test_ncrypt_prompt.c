/* SPDX-License-Identifier: MIT */
/* Asking a person on behalf of a provider. */
#include <criterion/criterion.h>
#include <string.h>

#include "cng/ksp/prompt.h"

static const VITRINE_NCRYPT_QUESTION question = { .Kind = VITRINE_NCRYPT_PASSPHRASE };

struct person {
    int answer;
    const char *text;
    unsigned asked;
};

static int ask(void *context, const VITRINE_NCRYPT_QUESTION *asked, char *secret, size_t capacity)
{
    struct person *person = context;
    person->asked++;
    cr_assert_eq(asked, &question);
    if (secret != NULL && person->text != NULL) {
        size_t len = strlen(person->text) + 1;
        memcpy(secret, person->text, len < capacity ? len : capacity);
    }
    return person->answer;
}

static SECURITY_STATUS confirm(struct person *person, bool silent)
{
    const struct vit_ksp_prompt prompt = { person == NULL ? NULL : ask, person, silent };
    return vit_ksp_confirm(&prompt, &question);
}

static SECURITY_STATUS ask_for(struct person *person, bool silent, char secret[8], size_t *len)
{
    const struct vit_ksp_prompt prompt = { person == NULL ? NULL : ask, person, silent };
    return vit_ksp_ask(&prompt, &question, secret, 8, len);
}

Test(prompt, silence_forbids_to_ask)
{
    struct person person = { .answer = 1 };
    char secret[8];
    size_t len = 99;
    cr_assert_eq(confirm(&person, true), NTE_SILENT_CONTEXT);
    cr_assert_eq(confirm(NULL, true), NTE_SILENT_CONTEXT);
    cr_assert_eq(ask_for(&person, true, secret, &len), NTE_SILENT_CONTEXT);
    cr_assert_eq(person.asked, 0);
    cr_assert_eq(len, 99);
}

Test(prompt, with_nobody_there_a_person_is_required)
{
    struct person gone = { .answer = -2 };
    char secret[8];
    size_t len;
    cr_assert_eq(confirm(NULL, false), NTE_UI_REQUIRED);
    cr_assert_eq(ask_for(NULL, false, secret, &len), NTE_UI_REQUIRED);
    cr_assert_eq(confirm(&gone, false), NTE_UI_REQUIRED);
    cr_assert_eq(ask_for(&gone, false, secret, &len), NTE_UI_REQUIRED);
}

Test(prompt, only_a_yes_confirms)
{
    for (int answer = -5; answer <= 5; answer++) {
        struct person person = { .answer = answer };
        SECURITY_STATUS wanted = answer == 1 ? ERROR_SUCCESS
                : answer == -2               ? NTE_UI_REQUIRED
                                             : NTE_USER_CANCELLED;
        cr_assert_eq(confirm(&person, false), wanted, "%d", answer);
        cr_assert_eq(person.asked, 1);
    }
}

Test(prompt, an_answer_has_its_length)
{
    struct person person = { .answer = 4, .text = "word" }, full = { 8, "12345678", 0 },
                  empty = { .answer = 0 };
    char secret[8];
    size_t len = 99;
    cr_assert_eq(ask_for(&person, false, secret, &len), ERROR_SUCCESS);
    cr_assert_eq(len, 4);
    cr_assert_arr_eq(secret, "word", 4);
    cr_assert_eq(ask_for(&full, false, secret, &len), ERROR_SUCCESS);
    cr_assert_eq(len, 8);
    cr_assert_eq(ask_for(&empty, false, secret, &len), ERROR_SUCCESS);
    cr_assert_eq(len, 0);
}

Test(prompt, a_no_leaves_nothing_of_what_was_typed)
{
    static const char nothing[8];
    struct person person = { .answer = -1, .text = "word" };
    char secret[8];
    size_t len = 99;
    cr_assert_eq(ask_for(&person, false, secret, &len), NTE_USER_CANCELLED);
    cr_assert_arr_eq(secret, nothing, 8);
    cr_assert_eq(len, 99);
}

Test(prompt, an_answer_beyond_its_room_or_with_a_nul_is_refused)
{
    static const char nothing[8];
    struct person longer = { .answer = 9, .text = "12345678" }, nul = { 5, "word", 0 };
    char secret[8];
    size_t len = 99;
    cr_assert_eq(ask_for(&longer, false, secret, &len), NTE_INVALID_PARAMETER);
    cr_assert_arr_eq(secret, nothing, 8);
    cr_assert_eq(ask_for(&nul, false, secret, &len), NTE_INVALID_PARAMETER);
    cr_assert_arr_eq(secret, nothing, 8);
    cr_assert_eq(len, 99);
}
