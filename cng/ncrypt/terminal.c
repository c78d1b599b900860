/* SPDX-License-Identifier: MIT */
#include "cng/ncrypt/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/secret.h"
#include "cng/ncrypt/question.h"

enum { YES = 1, NO = -1, NOBODY = -2, TRIES = 3, ANSWER_LEN = 8 };

/* What may end or stop a process that has turned the echo off. */
static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGTERM, SIGTSTP, SIGUSR1,
    SIGUSR2 };
enum { SIGNAL_COUNT = sizeof(signals) / sizeof(signals[0]) };

/* A process has one terminal and one set of signal handlers. The pipe that handlers write into stays
 * open, since one may still be at work when the question is over. */
static struct {
    pthread_once_t once;
    pthread_mutex_t lock; /* held during a question */
    bool handling;
    struct sigaction before[SIGNAL_COUNT];
    int wake;
    atomic_int waker;
} process = { .once = PTHREAD_ONCE_INIT,
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .wake = -1,
    .waker = -1 };

struct terminal {
    int fd;
    struct termios before;
};

/* A line as it is typed: kept, or compared with the first len bytes, so that there is no copy. */
struct line {
    char *bytes;
    size_t capacity;
    size_t len;
    bool compare;
    bool fits;
};

/* How reading a line ended; a number above: a signal. */
enum { LINE_READ = 0, LINE_NONE = -1, LINE_LOST = -2 };

static void note_signal(int number)
{
    int error = errno;
    unsigned char byte = (unsigned char)number;
    (void)!write(atomic_load(&process.waker), &byte, sizeof(byte));
    errno = error;
}

/* A handler that the application has set meanwhile stays. */
static void release_signals(void)
{
    for (size_t i = 0; i < SIGNAL_COUNT && process.handling; i++) {
        struct sigaction now;
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler == note_signal) {
            (void)sigaction(signals[i], &process.before[i], NULL);
        }
    }
    process.handling = false;
}

/* Only what would end or stop the process: what an application handles itself is its business. */
static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = note_signal, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        (void)sigaction(signals[i], NULL, &process.before[i]);
        if (process.before[i].sa_handler == SIG_DFL) {
            (void)sigaction(signals[i], &action, NULL);
        }
    }
    process.handling = true;
}

/* A question that the parent is asking is the parent's. */
static void forget_question(void)
{
    release_signals();
    if (process.wake >= 0) {
        close(process.wake);
        close(atomic_exchange(&process.waker, -1));
        process.wake = -1;
    }
    pthread_mutex_init(&process.lock, NULL);
}

static void init_process(void)
{
    (void)pthread_atfork(NULL, NULL, forget_question);
}

static bool make_pipe(void)
{
    int ends[2];
    if (process.wake >= 0) {
        return true;
    }
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    process.wake = ends[0];
    atomic_store(&process.waker, ends[1]);
    return true;
}

static void drop_signals(void)
{
    unsigned char byte;
    while (read(process.wake, &byte, sizeof(byte)) == sizeof(byte)) {
    }
}

static bool say(const struct terminal *terminal, const char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t put = write(terminal->fd, text, len);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        text += put > 0 ? put : 0;
        len -= put > 0 ? (size_t)put : 0;
    }
    return true;
}

/* What was typed before the question is no answer to it. */
static bool begin(struct terminal *terminal, bool echo)
{
    if (tcgetattr(terminal->fd, &terminal->before) != 0) {
        return false;
    }
    struct termios wanted = terminal->before;
    wanted.c_iflag |= ICRNL;
    wanted.c_lflag |= ICANON | ISIG;
    wanted.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    wanted.c_lflag |= echo ? ECHO : 0;
    drop_signals();
    catch_signals();
    if (tcsetattr(terminal->fd, TCSAFLUSH, &wanted) != 0) {
        release_signals();
        return false;
    }
    return true;
}

static void end(const struct terminal *terminal)
{
    (void)tcsetattr(terminal->fd, TCSAFLUSH, &terminal->before);
    release_signals();
}

static void take_byte(struct line *line, char byte)
{
    if (line->len >= line->capacity) {
        line->fits = false;
    } else if (line->compare) {
        line->fits &= line->bytes[line->len] == byte;
    } else {
        line->bytes[line->len] = byte;
    }
    line->len++;
}

/* LINE_READ: there is something. */
static int wait_for_byte(const struct terminal *terminal)
{
    struct pollfd ends[] = { { .fd = process.wake, .events = POLLIN },
        { .fd = terminal->fd, .events = POLLIN } };
    while (poll(ends, 2, -1) < 0) {
        if (errno != EINTR) {
            return LINE_LOST;
        }
    }
    unsigned char number;
    return read(process.wake, &number, sizeof(number)) == sizeof(number) ? number : LINE_READ;
}

static int read_line(const struct terminal *terminal, struct line *line)
{
    for (;;) {
        int event = wait_for_byte(terminal);
        if (event != LINE_READ) {
            return event;
        }
        char byte = 0;
        ssize_t got = read(terminal->fd, &byte, sizeof(byte));
        if (got < 0 && errno != EINTR) {
            return LINE_LOST;
        }
        if (got == 0) {
            return LINE_NONE;
        }
        if (got > 0 && byte == '\n') {
            return LINE_READ;
        }
        if (got > 0) {
            take_byte(line, byte);
        }
        vit_wipe(&byte, sizeof(byte));
    }
}

/* A line, with signals as if nothing had been asked: the question is put again to whoever survives
 * them. */
static int ask_line(struct terminal *terminal, const char *text, bool echo, struct line *line)
{
    for (;;) {
        line->len = 0;
        line->fits = true;
        if (!begin(terminal, echo)) {
            return LINE_LOST;
        }
        int event = say(terminal, text) ? read_line(terminal, line) : LINE_LOST;
        end(terminal);
        if (!echo || event != LINE_READ) {
            (void)say(terminal, "\n");
        }
        if (event <= LINE_READ) {
            return event;
        }
        (void)kill(getpid(), event);
    }
}

static int answer_of(int event, int answer)
{
    return event == LINE_READ ? answer : event == LINE_NONE ? NO : NOBODY;
}

static int confirm(struct terminal *terminal, const char *text)
{
    char bytes[ANSWER_LEN];
    struct line line = { .bytes = bytes, .capacity = sizeof(bytes) };
    int event = ask_line(terminal, text, true, &line);
    bool yes = (line.len == 1 && memcmp(bytes, "y", 1) == 0) ||
            (line.len == 3 && memcmp(bytes, "yes", 3) == 0);
    return answer_of(event, yes ? YES : NO);
}

static int ask_secret(struct terminal *terminal, const char *text, char *secret, size_t capacity)
{
    struct line line = { .bytes = secret, .capacity = capacity };
    int event = ask_line(terminal, text, false, &line);
    return answer_of(event, line.fits ? (int)line.len : NO);
}

/* Typed twice. */
static int ask_new_secret(struct terminal *terminal, const char *text, char *secret,
        size_t capacity)
{
    for (int i = 0; i < TRIES; i++) {
        int len = ask_secret(terminal, text, secret, capacity);
        if (len < 0) {
            return len;
        }
        struct line again = { .bytes = secret, .capacity = (size_t)len, .compare = true };
        int event = ask_line(terminal, "The same again: ", false, &again);
        if (event != LINE_READ) {
            return answer_of(event, NO);
        }
        if (again.fits && again.len == (size_t)len) {
            return len;
        }
        (void)say(terminal, "That was something else.\n");
    }
    return NO;
}

static int ask(struct terminal *terminal, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    VIT_AUTO(string) text = vit_question_text(question);
    if (text == NULL || !make_pipe()) {
        return NO;
    }
    switch (question->Kind) {
    case VITRINE_NCRYPT_CONFIRM:
        return confirm(terminal, text);
    case VITRINE_NCRYPT_NEW_PASSPHRASE:
        return ask_new_secret(terminal, text, secret, capacity);
    default:
        return ask_secret(terminal, text, secret, capacity);
    }
}

int vit_terminal_ask(void *context, const VITRINE_NCRYPT_QUESTION *question, char *secret,
        size_t capacity)
{
    (void)context;
    VIT_AUTO(fd) fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return NOBODY;
    }
    struct terminal terminal = { .fd = fd };
    pthread_once(&process.once, init_process);
    pthread_mutex_lock(&process.lock);
    int answer = ask(&terminal, question, secret, capacity);
    if (answer < 0 && secret != NULL) {
        vit_wipe(secret, capacity);
    }
    pthread_mutex_unlock(&process.lock);
    return answer;
}
