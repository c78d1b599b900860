/* SPDX-License-Identifier: MIT */
/* vitrine vm: a device process and QEMU in front of it, which begin and end together. */
#include <argp.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tools/vitrine/command.h"
#include "tools/vitrine/file.h"

static const char name[] = "vitrine vm";
static const char kvm[] = "/dev/kvm";

enum {
    OPTION_CERTIFICATE = 0x100,
    OPTION_KEY,
    OPTION_ACCEL,
    OPTION_GPU,
    OPTION_QEMU,
    OPTION_VIRGL,
    OPTION_CONTROL,
    OPTION_REQUIRE_HDCP,
    DEVICE_WORDS = 16,
    MAX_WORDS = 512,
    OUR_WORDS = 32,
    START_MS = 20000,
    PAUSE_MS = 10,
    END_MS = 5000,       /* the device's */
    END_QEMU_MS = 10000, /* writes what it holds of disks */
};

struct options {
    const char *certificate, *key, *control, *memory, *accelerator, *gpu, *qemu;
    bool virgl, require_hdcp;
    char **more; /* QEMU's */
    int more_count;
};

struct machine {
    const struct options *options;
    char folder[sizeof("/tmp/vitrine-vm-XXXXXX")];
    char socket[64];
    sigset_t before; /* signals that were held before */
    pid_t device, qemu;
};

static const struct argp_option list[] = {
    { "certificate", OPTION_CERTIFICATE, "FILE", 0,
            "certificate chain of the device (device.der in this user's vitrine folder)", 0 },
    { "key", OPTION_KEY, "URI", 0,
            "private key of the certificate, with custody \"device\" (with the default certificate, "
            "device.key in this user's vitrine folder)",
            0 },
    { "memory", 'm', "SIZE", 0, "of the guest, as QEMU takes it (2G)", 0 },
    { "accel", OPTION_ACCEL, "NAME", 0, "kvm, or tcg for machines without (kvm)", 0 },
    { "virgl", OPTION_VIRGL, NULL, 0, "the guest renders with the GPU, by virgl", 0 },
    { "control-socket", OPTION_CONTROL, "PATH", 0,
            "the device takes commands there, for vitrine monitor", 0 },
    { "require-hdcp", OPTION_REQUIRE_HDCP, NULL, 0, "show protected content only under HDCP", 0 },
    { "gpu", OPTION_GPU, "PATH", 0, "another vitrine-gpu", 0 },
    { "qemu", OPTION_QEMU, "PATH", 0, "another QEMU (qemu-system-x86_64)", 0 },
    { 0 },
};

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (option) {
    case OPTION_CERTIFICATE:
        options->certificate = text;
        return 0;
    case OPTION_KEY:
        options->key = text;
        return 0;
    case 'm':
        options->memory = text;
        return 0;
    case OPTION_ACCEL:
        options->accelerator = text;
        return 0;
    case OPTION_VIRGL:
        options->virgl = true;
        return 0;
    case OPTION_CONTROL:
        options->control = text;
        return 0;
    case OPTION_REQUIRE_HDCP:
        options->require_hdcp = true;
        return 0;
    case OPTION_GPU:
        options->gpu = text;
        return 0;
    case OPTION_QEMU:
        options->qemu = text;
        return 0;
    case ARGP_KEY_ARG:
        options->more = state->argv + state->next - 1;
        options->more_count = state->argc - state->next + 1;
        state->next = state->argc;
        return options->more_count <= MAX_WORDS - OUR_WORDS ? 0 : E2BIG;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Ends with this process, and has its signals as they were. */
static pid_t start(const struct machine *machine, char *const *words)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0) {
        return child;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)sigprocmask(SIG_SETMASK, &machine->before, NULL);
    if (getppid() == parent) {
        execvp(words[0], words);
        vit_command_fail(VIT_EXIT_SYSTEM, name, words[0], "%s", strerror(errno));
    }
    _exit(VIT_EXIT_SYSTEM);
}

static bool has_ended(pid_t child)
{
    siginfo_t info = { .si_pid = 0 };
    return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* Asks a child to end, and makes it when it does not. */
static void end(pid_t child, int limit_ms)
{
    kill(child, SIGTERM);
    for (int waited = 0; !has_ended(child) && waited < limit_ms; waited += PAUSE_MS) {
        (void)poll(NULL, 0, PAUSE_MS);
    }
    kill(child, SIGKILL); /* nothing to one that ended */
}

static void fill_device_words(const struct machine *machine, const char *words[DEVICE_WORDS])
{
    const struct options *options = machine->options;
    size_t count = 0;
    words[count++] = options->gpu;
    words[count++] = "--socket-path";
    words[count++] = machine->socket;
    words[count++] = "--certificate";
    words[count++] = options->certificate;
    if (options->key != NULL) {
        words[count++] = "--key";
        words[count++] = options->key;
    }
    if (options->control != NULL) {
        words[count++] = "--control-socket";
        words[count++] = options->control;
    }
    if (options->virgl) {
        words[count++] = "--virgl";
    }
    if (options->require_hdcp) {
        words[count++] = "--require-hdcp";
    }
    words[count] = NULL;
}

static int start_device(struct machine *machine)
{
    const struct options *options = machine->options;
    const char *words[DEVICE_WORDS];
    fill_device_words(machine, words);
    machine->device = start(machine, (char *const *)words);
    if (machine->device < 0) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, options->gpu, "%s", strerror(errno));
    }
    for (int waited = 0; access(machine->socket, F_OK) != 0; waited += PAUSE_MS) {
        if (has_ended(machine->device) || waited >= START_MS) {
            return vit_command_fail(VIT_EXIT_SYSTEM, name, options->gpu, "does not start");
        }
        (void)poll(NULL, 0, PAUSE_MS);
    }
    return VIT_EXIT_OK;
}

/* Digits alone are mebibytes to QEMU's -m, and bytes to an object of it. */
static const char *unit_of(const char *memory)
{
    return memory[strspn(memory, "0123456789")] == '\0' ? "M" : "";
}

static int start_qemu(struct machine *machine)
{
    const struct options *options = machine->options;
    const char *words[MAX_WORDS] = { NULL };
    char memory[128], chardev[128];
    snprintf(memory, sizeof(memory), "memory-backend-memfd,id=vitrine-memory,size=%s%s,share=on",
            options->memory, unit_of(options->memory));
    snprintf(chardev, sizeof(chardev), "socket,id=vitrine-gpu,path=%s", machine->socket);
    const char *const ours[] = { options->qemu, "-accel", options->accelerator, "-M",
        "q35,memory-backend=vitrine-memory", "-object", memory, "-m", options->memory, "-vga",
        "none", "-chardev", chardev, "-device", "vhost-user-gpu-pci,chardev=vitrine-gpu" };
    size_t count = sizeof(ours) / sizeof(ours[0]);
    _Static_assert(sizeof(ours) / sizeof(ours[0]) < OUR_WORDS, "room for the others");
    memcpy(words, ours, sizeof(ours));
    memcpy(words + count, options->more, (size_t)options->more_count * sizeof(words[0]));
    machine->qemu = start(machine, (char *const *)words);
    return machine->qemu >= 0
            ? VIT_EXIT_OK
            : vit_command_fail(VIT_EXIT_SYSTEM, name, options->qemu, "%s", strerror(errno));
}

/* Until QEMU ends; a signal to this process ends it. */
static int await_qemu(const struct machine *machine, const sigset_t *signals)
{
    bool told = false;
    while (!has_ended(machine->qemu)) {
        siginfo_t info = { .si_signo = 0 };
        if (sigwaitinfo(signals, &info) > 0 && info.si_signo != SIGCHLD) {
            end(machine->qemu, END_QEMU_MS);
            told = true; /* a terminal's signal ends the device as well */
        }
        if (!told && has_ended(machine->device)) {
            told = true;
            vit_command_fail(0, name, NULL, "the device ended; the guest goes on without it");
        }
    }
    int status = 0;
    (void)waitpid(machine->qemu, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
            ? VIT_EXIT_OK
            : vit_command_fail(VIT_EXIT_SYSTEM, name, machine->options->qemu, "failed");
}

static void finish(struct machine *machine)
{
    if (machine->device > 0) {
        end(machine->device, END_MS);
        (void)waitpid(machine->device, NULL, 0);
    }
    (void)unlink(machine->socket);
    (void)rmdir(machine->folder);
}

static int run_with(const struct options *options)
{
    struct machine machine = { .options = options, .folder = "/tmp/vitrine-vm-XXXXXX" };
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    if (mkdtemp(machine.folder) == NULL) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, machine.folder, "%s", strerror(errno));
    }
    snprintf(machine.socket, sizeof(machine.socket), "%s/gpu", machine.folder);
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, no end of a child would be told */
    (void)sigprocmask(SIG_BLOCK, &signals, &machine.before);
    int code = start_device(&machine);
    if (code == VIT_EXIT_OK) {
        code = start_qemu(&machine);
    }
    if (code == VIT_EXIT_OK) {
        code = await_qemu(&machine, &signals);
    }
    finish(&machine);
    (void)sigprocmask(SIG_SETMASK, &machine.before, NULL);
    return code;
}

/* What a new user meets first is told before anything starts. */
static int look_at(const struct options *options)
{
    if (access(options->certificate, R_OK) != 0) {
        return vit_command_fail(VIT_EXIT_USAGE, name, options->certificate, "%s", strerror(errno));
    }
    if (strcmp(options->accelerator, "kvm") == 0 && access(kvm, R_OK | W_OK) != 0) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, kvm, "%s; --accel tcg does without it",
                strerror(errno));
    }
    return VIT_EXIT_OK;
}

static int run(int argc, char **argv)
{
    static const struct argp argp = {
        .options = list,
        .parser = parse,
        .args_doc = "[-- QEMU-OPTION...]",
        .doc = "Runs QEMU with a Vitrine device as its GPU; both end together.\v"
               "Exit status: 0 QEMU ended well, 2 wrong command line, 3 the device or QEMU failed.",
    };
    struct options options = { .memory = "2G",
        .accelerator = "kvm",
        .gpu = "vitrine-gpu",
        .qemu = "qemu-system-x86_64" };
    VIT_AUTO(string) certificate = vit_data_path("device.der");
    VIT_AUTO(string) key = vit_data_path("device.key");
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
    if (options.certificate == NULL) {
        if (certificate == NULL || access(certificate, R_OK) != 0) {
            return vit_command_fail(VIT_EXIT_USAGE, name, NULL,
                    "no device certificate: give --certificate, or make one with vitrine cert init "
                    "and vitrine cert issue");
        }
        options.certificate = certificate;
        options.key =
                options.key != NULL || key == NULL || access(key, F_OK) != 0 ? options.key : key;
    }
    int code = look_at(&options);
    return code == VIT_EXIT_OK ? run_with(&options) : code;
}

const struct vit_command vit_command_vm = { "vm", "run QEMU with a Vitrine device as its GPU",
    run };
