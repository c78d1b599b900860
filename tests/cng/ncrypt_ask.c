/* SPDX-License-Identifier: MIT */
/**
 * Lets the fake provider ask questions of the terminal, for test_ncrypt_terminal.py.
 *
 * usage: ncrypt-ask [--wait] [--own-term] [--threads] KIND...
 *
 * Prints "RESULT SECRET" for each question; the other text only goes to the terminal.
 * --wait      until a line comes from standard input
 * --own-term  SIGTERM has a handler of the program's; at the end it says whether that was called
 * --threads   all questions at once
 */
#include <ncrypt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/cng/fake_ksp.h"
#include "tests/plain/check.h"

enum { QUESTIONS_LIMIT = 8 };

static volatile sig_atomic_t terminated;

static void note_term(int number)
{
    terminated = number;
}

static NCRYPT_KEY_HANDLE key;

static void *ask(void *kind)
{
    BYTE hash = (BYTE)atoi(kind);
    struct fake_answer answer;
    DWORD len = 0;
    CHECK(NCryptSignHash(key, NULL, &hash, 1, (PBYTE)&answer, sizeof(answer), &len, 0) == 0);
    int shown = answer.result > 0 && hash != VITRINE_NCRYPT_CONFIRM ? answer.result : 0;
    printf("%d %.*s\n", answer.result, shown, answer.secret);
    fflush(stdout);
    return NULL;
}

static void ask_at_once(char **kinds, int count)
{
    pthread_t threads[QUESTIONS_LIMIT];
    for (int i = 0; i < count; i++) {
        CHECK(pthread_create(&threads[i], NULL, ask, kinds[i]) == 0);
    }
    for (int i = 0; i < count; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

static void wait_for_line(void)
{
    char byte = 0;
    while (byte != '\n' && read(STDIN_FILENO, &byte, 1) == 1) {
    }
}

int main(int argc, char **argv)
{
    int at = 1;
    bool at_once = false, own = false;
    for (; at < argc && argv[at][0] == '-'; at++) {
        at_once |= strcmp(argv[at], "--threads") == 0;
        if (strcmp(argv[at], "--own-term") == 0) {
            own = true;
            CHECK(signal(SIGTERM, note_term) != SIG_ERR);
        }
        if (strcmp(argv[at], "--wait") == 0) {
            wait_for_line();
        }
    }
    CHECK(argc - at <= QUESTIONS_LIMIT);
    NCRYPT_PROV_HANDLE provider;
    CHECK(NCryptOpenStorageProvider(&provider, u"Fake", 0) == 0);
    CHECK(NCryptCreatePersistedKey(provider, &key, u"RSA", NULL, 0, 0) == 0);
    if (at_once) {
        ask_at_once(argv + at, argc - at);
    }
    for (; !at_once && at < argc; at++) {
        ask(argv[at]);
    }
    if (own) {
        puts(terminated ? "terminated" : "not terminated");
    }
    CHECK(NCryptFreeObject(key) == 0);
    CHECK(NCryptFreeObject(provider) == 0);
    return 0;
}
