/* SPDX-License-Identifier: MIT */
/*
 * Where keys are, and where they are no more. Here no process has pages that nobody can read (a filter
 * takes memfd_secret away), so that the search would see keys in secret pages too: it finds each while
 * it lives. All keys are made at random and kept inverted, so that a hit is somebody else's copy.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/e2e/stage.h"

enum { LEN = 4096, LARGE_LEN = 8 << 20 };

struct needle {
    const char *name;
    uint8_t inverted[16];
};

static struct stage stage;

static void take_secret_pages_away(void)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 447 /* memfd_secret */, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = { sizeof(steps) / sizeof(steps[0]), steps };
    cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

static void invert(const char *name, uint8_t bytes[16], struct needle *needle)
{
    needle->name = name;
    for (unsigned i = 0; i < 16; i++) {
        needle->inverted[i] = (uint8_t)~bytes[i];
    }
    vit_wipe(bytes, 16);
}

/* Writes over what calls before left on the stack. */
static void __attribute__((noinline)) sweep_stack(void)
{
    uint8_t room[65536];
    vit_wipe(room, sizeof(room));
}

static bool device_can_be_searched(void)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)stage.support.device);
    VIT_AUTO(fd) fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0;
}

static bool player_has(const struct needle *needle)
{
    sweep_stack();
    return stage_memory_has(0, needle->inverted, 16);
}

static bool device_has(const struct needle *needle)
{
    return stage_memory_has(stage.support.device, needle->inverted, 16);
}

/* Nowhere: not in this process, and not in the device's where there is one that may be searched. */
static void expect_nowhere(const struct needle *needle, const char *when)
{
    cr_expect_not(player_has(needle), "%s %s, custody %s: the %s is in the player", when,
            stage.link, stage.custody, needle->name);
    if (stage.support.device > 0 && device_can_be_searched()) {
        cr_expect_not(device_has(needle), "%s %s, custody %s: the %s is in the device", when,
                stage.link, stage.custody, needle->name);
    }
}

/* A session, its keys used once each, and what it all was. */
struct used {
    struct vit_session *session;
    struct vit_resource *picture, *staging;
    struct needle keys[3];
};

static HRESULT decrypt(struct vitrine_cipher *cipher, struct used *used, const uint8_t key[16],
        const uint8_t content_key[16], uint64_t number)
{
    uint8_t iv[16], wrapped[16];
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    struct vit_device *device = stage.device;
    cr_assert_eq(vitrine_iv_bytes(number, 0, iv), VITRINE_OK);
    cr_assert_eq(vitrine_key_wrap(cipher, key, content_key, wrapped), VITRINE_OK);
    cr_assert_eq(vit_resource_map(used->staging, D3D10_DDI_MAP_WRITE, &mapped), S_OK);
    memset(mapped.pData, 7, LEN);
    vit_resource_unmap(used->staging);
    device->video.pfnDecryptionBlt(device->handle, used->session->handle, used->staging->handle,
            used->picture->handle, NULL, 16, wrapped, 16, iv);
    HRESULT hr = vit_device_take_error(device);
    stage_settle(device);
    return hr;
}

static void read_back_key(struct vitrine_cipher *cipher, const struct used *used,
        const uint8_t key[16], uint8_t out[16])
{
    uint8_t wrapped[16], iv[16];
    struct vit_device *device = stage.device;
    device->video.pfnGetEncryptionBltKey(device->handle, used->session->handle, 16, wrapped);
    HRESULT hr = vit_device_take_error(device);
    cr_assert_eq(hr, S_OK, "%08x", (unsigned)hr);
    device->video.pfnEncryptionBlt(device->handle, used->session->handle, used->picture->handle,
            used->staging->handle, 16, iv);
    cr_assert_eq(vit_device_take_error(device), S_OK);
    stage_settle(device);
    cr_assert_eq(vitrine_key_unwrap(cipher, key, wrapped, out), VITRINE_OK);
}

static struct used use_session(void)
{
    struct used used;
    struct vitrine_cipher *cipher; /* the content provider's: it goes, with what it knows */
    uint8_t key[16], content_key[16], readback[16];
    cr_assert_eq(vitrine_cipher_create(&cipher), VITRINE_OK);
    cr_assert_eq(vitrine_random(key, 16), VITRINE_OK);
    cr_assert_eq(vitrine_random(content_key, 16), VITRINE_OK);
    used.session = stage_session(&stage, stage.device, key);
    used.picture = stage_resource(stage.device, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LEN, 1);
    used.staging = stage_resource(stage.device, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, LEN, 1);
    cr_assert_eq(decrypt(cipher, &used, key, content_key, 1), S_OK);
    read_back_key(cipher, &used, key, readback);
    cr_assert_eq(decrypt(cipher, &used, key, content_key, 1), D3DDDIERR_APPLICATIONERROR,
            "an IV again: an error path with a content key");
    vitrine_cipher_destroy(cipher);
    invert("session key", key, &used.keys[0]);
    invert("content key", content_key, &used.keys[1]);
    invert("read-back key", readback, &used.keys[2]);
    return used;
}

static void end_use(struct used *used)
{
    vit_session_destroy(used->session);
    vit_resource_destroy(used->picture);
    vit_resource_destroy(used->staging);
    stage_settle(stage.device);
}

static void start(void)
{
    take_secret_pages_away();
}

Test(key_search, finds_the_session_key_where_it_lives, .init = start)
{
    EACH(&stage)
    {
        bool embedded = strcmp(stage.link, "embedded") == 0;
        struct used used = use_session();
        cr_expect_eq(player_has(&used.keys[0]), embedded, "%s, custody %s", stage.link,
                stage.custody);
        if (!embedded) {
            if (!device_can_be_searched()) {
                cr_skip_test("the device cannot be searched without the right to trace");
            }
            cr_expect(device_has(&used.keys[0]), "custody %s", stage.custody);
            cr_expect(device_has(&used.keys[2]), "custody %s", stage.custody);
        }
        end_use(&used);
    }
}

/* Guest memory is a large sparse mapping in both processes. */
Test(key_search, finds_what_is_in_guest_memory, .init = start)
{
    EACH(&stage)
    {
        uint8_t bytes[16];
        struct needle needle;
        D3D10DDI_MAPPED_SUBRESOURCE mapped;
        cr_assert_eq(vitrine_random(bytes, 16), VITRINE_OK);
        invert("bytes", bytes, &needle);
        expect_nowhere(&needle, "before they are there");
        struct vit_resource *staging =
                stage_resource(stage.device, VIT_USE_STAGING, DXGI_FORMAT_UNKNOWN, LEN, 1);
        cr_assert_eq(vit_resource_map(staging, D3D10_DDI_MAP_WRITE, &mapped), S_OK);
        for (unsigned i = 0; i < 16; i++) {
            ((uint8_t *)mapped.pData)[100 + i] = (uint8_t)~needle.inverted[i];
        }
        vit_resource_unmap(staging);
        cr_expect(player_has(&needle), "%s, custody %s", stage.link, stage.custody);
        if (stage.support.device > 0 && device_can_be_searched()) {
            cr_expect(device_has(&needle), "custody %s", stage.custody);
        }
        vit_resource_destroy(staging);
        stage_settle(stage.device);
        expect_nowhere(&needle, "after the end of their resource");
    }
}

Test(key_search, finds_no_key_after_destroy, .init = start)
{
    EACH(&stage)
    {
        struct used used = use_session();
        end_use(&used);
        for (unsigned i = 0; i < 3; i++) {
            expect_nowhere(&used.keys[i], "after destroy");
        }
    }
}

static void refused_block(const char *name, struct vit_session *session, size_t len)
{
    uint8_t plaintext[32], block[VITRINE_BLOCK_LEN];
    struct needle needle;
    cr_assert_eq(vitrine_random(plaintext, sizeof(plaintext)), VITRINE_OK);
    cr_assert_eq(vitrine_exchange_block(stage.verified, plaintext, len, block), VITRINE_OK);
    cr_assert_eq(stage.device->video.pfnNegotiateCryptoSessionKeyExchange(stage.device->handle,
                         session->handle, sizeof(block), block),
            E_INVALIDARG, "%s", name);
    invert(name, plaintext, &needle);
    vit_wipe(plaintext, sizeof(plaintext));
    expect_nowhere(&needle, "after a refusal");
}

Test(key_search, finds_no_key_after_refusals, .init = start)
{
    EACH(&stage)
    {
        struct vit_session *session = NULL;
        uint8_t key[16] = "the first key of";
        cr_assert_eq(vit_session_create(stage.device, &session), S_OK);
        refused_block("plaintext of 17 bytes", session, 17);
        refused_block("plaintext of 32 bytes", session, 32);
        cr_assert_eq(stage_negotiate(&stage, session, key), S_OK);
        refused_block("second session key", session, 16);
        vit_session_destroy(session);
    }
}

Test(key_search, finds_no_key_of_a_session_that_ends_under_work, .init = start)
{
    EACH(&stage)
    {
        uint8_t key[16];
        struct needle needle;
        VIT_AUTO(bytes) zeros = calloc(1, LARGE_LEN);
        struct vit_resource *picture =
                stage_resource(stage.device, VIT_USE_PROTECTED, DXGI_FORMAT_UNKNOWN, LARGE_LEN, 1);
        cr_assert_eq(vitrine_random(key, 16), VITRINE_OK);
        struct vit_session *session = stage_session(&stage, stage.device, key);
        cr_assert_eq(stage_decrypt(&stage, session, key, zeros, LARGE_LEN, picture), S_OK);
        stage.device->funcs.pfnFlush(stage.device->handle, 0);
        vit_session_destroy(session);
        vit_resource_destroy(picture);
        stage_settle(stage.device);
        vitrine_cipher_destroy(stage.cipher);
        cr_assert_eq(vitrine_cipher_create(&stage.cipher), VITRINE_OK);
        invert("session key", key, &needle);
        expect_nowhere(&needle, "after an end under work");
    }
}

Test(key_search, finds_no_key_in_a_player_whose_device_died, .init = start)
{
    static const char *const custodies[] = { "driver", "device" };
    for (unsigned i = 0; i < 2; i++) {
        uint8_t key[16];
        struct needle needle;
        struct vit_session *session = NULL;
        stage_open(&stage, "vhost", custodies[i]);
        cr_assert_eq(vitrine_random(key, 16), VITRINE_OK);
        cr_assert_eq(vit_session_create(stage.device, &session), S_OK);
        support_end_device(&stage.support, SIGKILL);
        cr_assert_eq(stage_negotiate(&stage, session, key), D3DDDIERR_DEVICEREMOVED);
        invert("session key", key, &needle);
        expect_nowhere(&needle, "after the device's death");
        vit_session_destroy(session);
        stage_close(&stage);
    }
}

/* Parts of the private key as they may lie in memory: a prime in both orders of bytes, and the text
 * of the file. Made by a child, so that this process never has them. */
enum { FIRST_OF_TEXT = 2, PRIVATE_NEEDLES = 4 };

static void write_private_needles(const char *path, int out)
{
    uint8_t prime[128], text[1024];
    struct needle needles[PRIVATE_NEEDLES];
    BIGNUM *number = NULL;
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = file == NULL ? NULL : PEM_read_PrivateKey(file, NULL, NULL, NULL);
    if (key == NULL || EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR1, &number) != 1 ||
            BN_bn2binpad(number, prime, 128) != 128) {
        _exit(1);
    }
    rewind(file);
    if (fread(text, 1, sizeof(text), file) != sizeof(text)) {
        _exit(1);
    }
    uint8_t lines[2][16];
    memcpy(lines[0], text + 400, 16);
    memcpy(lines[1], text + 900, 16);
    uint8_t reversed[16];
    for (unsigned i = 0; i < 16; i++) {
        reversed[i] = prime[64 + 15 - i];
    }
    invert("prime", prime + 64, &needles[0]);
    invert("prime, little end first", reversed, &needles[1]);
    invert("file's text", lines[0], &needles[2]);
    invert("file's text further on", lines[1], &needles[3]);
    _exit(write(out, needles, sizeof(needles)) == sizeof(needles) ? 0 : 1);
}

static void get_private_needles(struct needle needles[PRIVATE_NEEDLES])
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        write_private_needles(stage.support.key, ends[1]);
    }
    cr_assert_eq(read(ends[0], needles, PRIVATE_NEEDLES * sizeof(*needles)),
            PRIVATE_NEEDLES * (ssize_t)sizeof(*needles));
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    close(ends[0]);
    close(ends[1]);
}

static void close_driver(void)
{
    vit_device_close(stage.device);
    stage.device = NULL;
    vit_adapter_close(stage.adapter);
    stage.adapter = NULL;
}

/* Where it is used, it lies somewhere, and OpenSSL leaves numbers of it behind in memory that it freed
 * (docs/THREATS.md); where it is not used it never is. The file's text is nowhere when the driver is
 * closed. */
Test(key_search, finds_no_private_key_where_it_is_not_used, .init = start)
{
    static const char *const links[] = { "vhost", "embedded" };
    static const char *const custodies[] = { "device", "driver" };
    for (unsigned combination = 0; combination < 4; combination++) {
        stage_open(&stage, links[combination / 2], custodies[combination % 2]);
        struct needle needles[PRIVATE_NEEDLES];
        bool in_player =
                strcmp(stage.link, "embedded") == 0 || strcmp(stage.custody, "driver") == 0;
        get_private_needles(needles);
        cr_expect_eq(player_has(&needles[1]), in_player, "%s, custody %s", stage.link,
                stage.custody);
        struct used used = use_session();
        end_use(&used);
        close_driver();
        for (unsigned i = in_player ? FIRST_OF_TEXT : 0; i < PRIVATE_NEEDLES; i++) {
            cr_expect_not(player_has(&needles[i]), "%s, custody %s: the %s of the device's key",
                    stage.link, stage.custody, needles[i].name);
        }
        for (unsigned i = 0; i < 3; i++) {
            expect_nowhere(&used.keys[i], "after the end");
        }
        stage_close(&stage);
    }
}

Test(key_search, finds_the_private_key_in_secret_pages_of_the_device_only)
{
    struct needle needles[PRIVATE_NEEDLES];
    stage_open(&stage, "vhost", "device"); /* with memfd_secret, where it is offered */
    get_private_needles(needles);
    if (!device_can_be_searched()) {
        cr_skip_test("the device cannot be searched without the right to trace");
    }
    for (unsigned i = 0; i < PRIVATE_NEEDLES; i++) {
        cr_expect_not(stage_core_has(stage.support.device, needles[i].inverted, 16),
                "the %s of the device's key", needles[i].name);
    }
    stage_close(&stage);
}

Test(key_search, finds_no_key_in_what_a_core_file_would_hold, .init = start)
{
    EACH(&stage)
    {
        struct used used = use_session();
        sweep_stack();
        for (unsigned i = 0; i < 3; i++) {
            cr_expect_not(stage_core_has(0, used.keys[i].inverted, 16),
                    "%s, custody %s: the %s would be in a core file", stage.link, stage.custody,
                    used.keys[i].name);
        }
        end_use(&used);
    }
}

/* In the folder it runs in; a marker is there to be found. */
static void die_with_a_core(int out)
{
    struct rlimit limit;
    uint8_t marker[16];
    struct needle needles[4];
    (void)getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_CORE, &limit);
    stage_open(&stage, "embedded", "device");
    if (chdir(stage.support.folder) != 0 || vitrine_random(marker, 16) != VITRINE_OK) {
        _exit(1);
    }
    uint8_t *kept = malloc(16);
    memcpy(kept, marker, 16);
    struct used used = use_session();
    memcpy(needles, used.keys, sizeof(used.keys));
    invert("marker", marker, &needles[3]);
    sweep_stack();
    if (write(out, needles, sizeof(needles)) != sizeof(needles) ||
            write(out, stage.support.folder, sizeof(stage.support.folder)) < 0) {
        _exit(1);
    }
    signal(SIGABRT, SIG_DFL);
    abort();
}

static bool core_files_are_written(void)
{
    char pattern[128] = "|";
    struct rlimit limit;
    FILE *file = fopen("/proc/sys/kernel/core_pattern", "re");
    bool read = file != NULL && fgets(pattern, sizeof(pattern), file) != NULL;
    if (file != NULL) {
        fclose(file);
    }
    (void)getrlimit(RLIMIT_CORE, &limit);
    return read && strcmp(pattern, "core\n") == 0 && limit.rlim_max > (64 << 20) &&
            !SUPPORT_SANITIZED;
}

Test(key_search, finds_no_key_in_a_core_file)
{
    int ends[2], status = 0;
    struct needle needles[4];
    char folder[SUPPORT_PATH_LEN], path[SUPPORT_PATH_LEN + 32];
    if (!core_files_are_written()) {
        cr_skip_test(
                "this system writes no core files into the folder, or a sanitizer none at all");
    }
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        die_with_a_core(ends[1]);
    }
    close(ends[1]);
    cr_assert_eq(read(ends[0], needles, sizeof(needles)), (ssize_t)sizeof(needles));
    cr_assert_eq(read(ends[0], folder, sizeof(folder)), (ssize_t)sizeof(folder));
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFSIGNALED(status) && WCOREDUMP(status));
    snprintf(path, sizeof(path), "%s/core", folder);
    if (access(path, F_OK) != 0) { /* core_uses_pid */
        snprintf(path, sizeof(path), "%s/core.%d", folder, (int)pid);
    }
    cr_expect(stage_file_has(path, needles[3].inverted, 16), "the search finds what is there");
    for (unsigned i = 0; i < 3; i++) {
        cr_expect_not(stage_file_has(path, needles[i].inverted, 16), "the %s is in the core file",
                i == 0           ? "session key"
                        : i == 1 ? "content key"
                                 : "read-back key");
    }
    support_remove_folder(folder);
}
