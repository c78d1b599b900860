/* SPDX-License-Identifier: MIT */
/*
 * SIGTERM and SIGKILL at random points of a job, to the player and to the device process, many times
 * each. The points lie where the device tells of a message (VITRINE_TRACE), so they are spread over the
 * job and not over time. The other side tells of it within two seconds, and goes on or ends; no file is
 * half written; the next device takes the place of a killed one.
 *
 * FAULT_SEED repeats a run.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/plain/check.h"
#include "tests/support/seccomp.h"

enum {
    ROUNDS = SUPPORT_SANITIZED ? 20 : 200,
    LIMIT_MS = SUPPORT_SANITIZED ? 10000 : 2000, /* sanitizers slow everything down */
    START_LIMIT_MS = 30000,
    BEHIND = 8,       /* points behind the last message */
    BEHIND_US = 3000, /* from one of them to the next */
    BETWEEN_US = 500, /* a point lies up to so long behind its message */
    PATH_LEN = 256,
};

struct stage {
    char folder[PATH_LEN], socket[PATH_LEN], control[PATH_LEN], clip[PATH_LEN], out[PATH_LEN];
    char link[PATH_LEN + 8], chain[PATH_LEN], key[PATH_LEN], root[PATH_LEN];
    const char *command, *gpu;
    pid_t device, player;
    int trace;      /* what the device tells */
    unsigned lines; /* of a whole job */
    uint64_t random;
};

static struct stage stage;

static uint32_t draw(uint32_t below)
{
    stage.random ^= stage.random << 13;
    stage.random ^= stage.random >> 7;
    stage.random ^= stage.random << 17;
    return (uint32_t)(stage.random >> 33) % below;
}

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL) {
        fprintf(stderr, "%s is not set: run by meson test\n", name);
        exit(1);
    }
    return value;
}

static void path_in(char out[PATH_LEN], const char *folder, const char *name)
{
    CHECK(snprintf(out, PATH_LEN, "%s/%s", folder, name) < PATH_LEN);
}

/* err: -1, or where standard error goes; else both outputs go to a file. */
static pid_t start(const char *const *arguments, int err, const char *log)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        char path[PATH_LEN];
        path_in(path, stage.folder, log);
        int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(file, STDOUT_FILENO);
        dup2(err >= 0 ? err : file, STDERR_FILENO);
        execv(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    return pid;
}

/* Returns what waitpid() tells; the program ends when the process does not. */
static int end_of(pid_t pid, int limit_ms, const char *who)
{
    int status = 0;
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    CHECK(fd >= 0);
    struct pollfd entry = { .fd = fd, .events = POLLIN };
    if (poll(&entry, 1, limit_ms) != 1) {
        fprintf(stderr, "the %s does not end within %d ms\n", who, limit_ms);
        exit(1);
    }
    close(fd);
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

static void run(const char *const *arguments, const char *log)
{
    int status = end_of(start(arguments, -1, log), START_LIMIT_MS, log);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void make_clip(void)
{
    char film[PATH_LEN];
    path_in(film, stage.folder, "film.mkv");
    const char *pattern[] = { stage.command, "pattern", "-o", film, "--frames", "8", "--size",
        "64x64", NULL };
    const char *seal[] = { stage.command, "seal", film, "--device", stage.chain, "--root",
        stage.root, "--frames-per-key", "3", "-o", stage.clip, NULL };
    run(pattern, "pattern");
    run(seal, "seal");
}

static void set_up(void)
{
    const char *certificates = from_environment("VITRINE_CERTIFICATES");
    const char *seed = getenv("FAULT_SEED");
    stage.command = from_environment("VITRINE_COMMAND");
    stage.gpu = from_environment("VITRINE_GPU");
    if (seed != NULL) {
        stage.random = strtoull(seed, NULL, 0);
    } else {
        CHECK(getrandom(&stage.random, sizeof(stage.random), 0) == sizeof(stage.random));
    }
    stage.random |= 1;
    printf("FAULT_SEED=0x%llx\n", (unsigned long long)stage.random);
    strcpy(stage.folder, "/tmp/vitrine-XXXXXX");
    CHECK(mkdtemp(stage.folder) != NULL);
    path_in(stage.socket, stage.folder, "gpu");
    path_in(stage.control, stage.folder, "control");
    path_in(stage.clip, stage.folder, "clip");
    path_in(stage.out, stage.folder, "out");
    path_in(stage.chain, certificates, "device.der");
    path_in(stage.key, certificates, "device.key");
    path_in(stage.root, certificates, "ca/root.der");
    snprintf(stage.link, sizeof(stage.link), "vhost:%s", stage.socket);
    setenv("VITRINE_TRACE", "1", 1);
}

static bool is_there(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

/* The device listens when it has begun to tell: its socket appears when it does. */
static int connect_control(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t len = strlen(stage.control);
    CHECK(len < sizeof(address.sun_path));
    memcpy(address.sun_path, stage.control, len);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void start_device(void)
{
    int ends[2];
    const char *arguments[] = { stage.gpu, "--socket-path", stage.socket, "--control-socket",
        stage.control, "--certificate", stage.chain, "--key", stage.key, "--seccomp",
        support_seccomp(), NULL };
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    stage.device = start(arguments, ends[1], "device.log");
    close(ends[1]);
    stage.trace = ends[0];
    /* The control socket is bound before the other one, which appears when it listens. */
    struct timespec pause = { .tv_nsec = 1000000 };
    for (int waited = 0; !is_there(stage.socket); waited++) {
        CHECK(waited < START_LIMIT_MS && waitpid(stage.device, NULL, WNOHANG) == 0);
        nanosleep(&pause, NULL);
    }
}

static void start_player(void)
{
    const char *arguments[] = { stage.command, "play", stage.clip, "--link", stage.link, "-o",
        stage.out, NULL };
    stage.player = start(arguments, -1, "play");
}

/* Reads until so many lines have come; false: the device closed its end, or nothing comes. */
static bool read_lines(unsigned count, int limit_ms)
{
    char bytes[512];
    struct pollfd entry = { .fd = stage.trace, .events = POLLIN };
    while (count > 0) {
        if (poll(&entry, 1, limit_ms) != 1) {
            return false;
        }
        /* One byte less than a line each time would count late: messages come one write each. */
        ssize_t got = read(stage.trace, bytes, 1);
        if (got <= 0) {
            return false;
        }
        count -= bytes[0] == '\n';
    }
    return true;
}

static unsigned drain(void)
{
    unsigned lines = 0;
    while (read_lines(1, 0)) {
        lines++;
    }
    return lines;
}

/* A point of the job; the job's time between two messages is not counted by anything else. */
static void go_on_until(unsigned point)
{
    unsigned lines = point < stage.lines ? point : stage.lines;
    unsigned behind = point - lines;
    (void)read_lines(lines, LIMIT_MS);
    struct timespec pause = { .tv_nsec = 1000L * (behind * BEHIND_US + draw(BETWEEN_US)) };
    nanosleep(&pause, NULL);
}

static bool ends_with(const uint8_t *bytes, size_t len, const char *end, size_t end_len)
{
    return len >= end_len && memcmp(bytes + len - end_len, end, end_len) == 0;
}

static void check_file(const char *name)
{
    static uint8_t bytes[1 << 20];
    char path[PATH_LEN];
    path_in(path, stage.out, name);
    FILE *file = fopen(path, "rbe");
    CHECK(file != NULL);
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    if (strcmp(name, "report.json") == 0) {
        json_t *report = json_loadb((const char *)bytes, len, 0, NULL);
        CHECK(json_is_object(report));
        json_decref(report);
    } else if (strstr(name, ".png") != NULL) {
        CHECK(ends_with(bytes, len, "\0\0\0\0IEND\xae\x42\x60\x82", 12));
    } else {
        CHECK(name[0] == '.'); /* on its way to a name when the process was killed */
    }
    unlink(path);
}

static void check_and_remove_files(void)
{
    DIR *folder = opendir(stage.out);
    struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            check_file(entry->d_name);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    rmdir(stage.out);
}

static long count_of(json_t *answer, const char *name)
{
    json_t *value = json_object_get(json_object_get(answer, "return"), name);
    CHECK(json_is_integer(value));
    return (long)json_integer_value(value);
}

/* Has the device nothing of a front-end any more? */
static bool is_clean(int control)
{
    static const char question[] = "{\"execute\": \"query-status\"}\n";
    char bytes[4096];
    struct pollfd entry = { .fd = control, .events = POLLIN };
    CHECK(send(control, question, sizeof(question) - 1, MSG_NOSIGNAL) ==
            (ssize_t)sizeof(question) - 1);
    CHECK(poll(&entry, 1, LIMIT_MS) == 1);
    ssize_t got = recv(control, bytes, sizeof(bytes), 0);
    CHECK(got > 0);
    json_t *answer = json_loadb(bytes, (size_t)got, 0, NULL);
    CHECK(answer != NULL);
    bool clean = count_of(answer, "contexts") == 0 && count_of(answer, "sessions") == 0 &&
            count_of(answer, "resources") == 0 && count_of(answer, "protected-bytes") == 0;
    json_decref(answer);
    return clean;
}

static void kill_a_player(int number, unsigned point)
{
    start_player();
    go_on_until(point);
    kill(stage.player, number);
    uint64_t begin = vit_now_ns();
    (void)end_of(stage.player, LIMIT_MS, "player");
    int control = connect_control();
    CHECK(control >= 0);
    while (!is_clean(control)) {
        CHECK(vit_now_ns() - begin < (uint64_t)LIMIT_MS * 1000000);
    }
    close(control);
    (void)drain();
    check_and_remove_files();
}

/* Says on standard error what happened, unless it was done. */
static void check_player(int status)
{
    char path[PATH_LEN];
    struct stat info;
    CHECK(WIFEXITED(status));
    int code = WEXITSTATUS(status);
    path_in(path, stage.folder, "play");
    CHECK(stat(path, &info) == 0);
    if (code != 0 && (code != 3 || info.st_size == 0)) {
        fprintf(stderr, "the player ended with %d, and %lld bytes of words\n", code,
                (long long)info.st_size);
        exit(1);
    }
}

static void kill_a_device(int number, unsigned point)
{
    start_device();
    start_player();
    go_on_until(point);
    kill(stage.device, number);
    int device = end_of(stage.device, LIMIT_MS, "device");
    CHECK(WIFSIGNALED(device) ? WTERMSIG(device) == number : WEXITSTATUS(device) == 0);
    CHECK(number != SIGTERM || WIFEXITED(device));
    CHECK(number != SIGTERM || !is_there(stage.socket));
    check_player(end_of(stage.player, LIMIT_MS, "player"));
    close(stage.trace);
    unlink(stage.socket); /* so that its appearance tells of the next; the control socket stays */
    check_and_remove_files();
}

static unsigned point_of(unsigned round)
{
    unsigned points = stage.lines + BEHIND;
    return (round * points + draw(points)) / ROUNDS % (points + 1);
}

static void count_a_job(void)
{
    start_device();
    start_player();
    int status = end_of(stage.player, START_LIMIT_MS, "player");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    stage.lines = drain();
    CHECK(stage.lines > 10);
    check_and_remove_files();
    printf("a job is %u messages\n", stage.lines);
}

static void kill_players(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        kill_a_player(SIGTERM, point_of(round));
        kill_a_player(SIGKILL, point_of(round));
    }
    kill(stage.device, SIGTERM);
    CHECK(end_of(stage.device, LIMIT_MS, "device") == 0);
    close(stage.trace);
}

static void kill_devices(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        kill_a_device(SIGKILL, point_of(round));
        kill_a_device(SIGTERM, point_of(round));
    }
}

static void tear_down(void)
{
    static const char *const names[] = { "device.log", "play", "pattern", "seal", "film.mkv",
        "clip", "control" };
    char path[PATH_LEN];
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        path_in(path, stage.folder, names[i]);
        unlink(path);
    }
    CHECK(rmdir(stage.folder) == 0);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    set_up();
    make_clip();
    count_a_job();
    if (strcmp(argv[1], "players") == 0) {
        kill_players();
    } else {
        kill(stage.device, SIGKILL);
        (void)end_of(stage.device, LIMIT_MS, "device");
        close(stage.trace);
        unlink(stage.socket);
        kill_devices();
    }
    printf("%d times each\n", ROUNDS);
    tear_down();
    return 0;
}
