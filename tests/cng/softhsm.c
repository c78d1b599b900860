/* SPDX-License-Identifier: MIT */
#include "tests/cng/softhsm.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cng/ksp/token/pkcs11.h"
#include "tests/plain/check.h"

static char folder[] = "/tmp/vitrine-softhsm-XXXXXX";

static void write_configuration(void)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/softhsm2.conf", folder);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    fprintf(file,
            "directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n",
            folder);
    fclose(file);
    setenv("SOFTHSM2_CONF", path, 1);
}

/* Where the distribution has it, as p11-kit's configuration says. */
static void find_module(void)
{
    struct ck_function_list **modules = p11_kit_modules_load(NULL, 0);
    struct ck_function_list *module = p11_kit_module_for_name(modules, "softhsm2");
    char *path = module != NULL ? p11_kit_module_get_filename(module) : NULL;
    CHECK(path != NULL); /* else SoftHSM is not there */
    if (path[0] == '/') {
        setenv("VITRINE_PKCS11_MODULE", path, 1);
    } else {
        char whole[256];
        snprintf(whole, sizeof(whole), "/usr/lib/softhsm/%s", path);
        setenv("VITRINE_PKCS11_MODULE", whole, 1);
    }
    free(path);
    p11_kit_modules_release(modules);
}

void softhsm_start(void)
{
    char path[64];
    p11_kit_be_quiet();
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/tokens", folder);
    CHECK(mkdir(path, 0700) == 0);
    write_configuration();
    unsetenv("VITRINE_TOKEN");
    find_module();
}

/* The slot that SoftHSM always shows with nothing in it. */
static ck_slot_id_t free_slot(struct ck_function_list *module)
{
    ck_slot_id_t ids[16];
    unsigned long count = 16;
    CHECK(module->C_GetSlotList(1, ids, &count) == CKR_OK);
    for (unsigned long i = 0; i < count; i++) {
        struct ck_token_info info;
        if (module->C_GetTokenInfo(ids[i], &info) == CKR_OK &&
                (info.flags & CKF_TOKEN_INITIALIZED) == 0) {
            return ids[i];
        }
    }
    CHECK(!"no free slot");
    return 0;
}

static void set_pin(struct ck_function_list *module, ck_slot_id_t slot, const char *pin)
{
    ck_session_handle_t session;
    CHECK(module->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session) ==
            CKR_OK);
    CHECK(module->C_Login(session, CKU_SO, (unsigned char *)"13579", 5) == CKR_OK);
    CHECK(module->C_InitPIN(session, (unsigned char *)pin, strlen(pin)) == CKR_OK);
    CHECK(module->C_CloseSession(session) == CKR_OK);
}

void softhsm_add(const char *label, const char *pin)
{
    unsigned char padded[32];
    struct ck_function_list *module = p11_kit_module_load(getenv("VITRINE_PKCS11_MODULE"), 0);
    CHECK(module != NULL);
    CHECK(p11_kit_module_initialize(module) == CKR_OK);
    memset(padded, ' ', sizeof(padded));
    memcpy(padded, label, strlen(label));
    ck_slot_id_t slot = free_slot(module);
    CHECK(module->C_InitToken(slot, (unsigned char *)"13579", 5, padded) == CKR_OK);
    if (pin != NULL) {
        set_pin(module, slot, pin);
    }
    p11_kit_module_finalize(module);
    p11_kit_module_release(module);
}

void softhsm_start_with_token(void)
{
    softhsm_start();
    softhsm_add(SOFTHSM_LABEL, SOFTHSM_PIN);
}

static void move(const char *from, const char *to)
{
    char old[64], new[64];
    snprintf(old, sizeof(old), "%s/%s", folder, from);
    snprintf(new, sizeof(new), "%s/%s", folder, to);
    CHECK(rename(old, new) == 0);
}

void softhsm_unplug(void)
{
    char path[64];
    move("tokens", "drawer");
    snprintf(path, sizeof(path), "%s/tokens", folder);
    CHECK(mkdir(path, 0700) == 0);
}

void softhsm_plug(void)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/tokens", folder);
    CHECK(rmdir(path) == 0);
    move("drawer", "tokens");
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void softhsm_remove(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void softhsm_stop(void)
{
    softhsm_remove(folder);
}
