/* SPDX-License-Identifier: MIT */
/* "vitrine cert" as users run it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>
#include <jansson.h>
#include <openssl/x509.h>

#include "certs/chain.h"
#include "certs/pair.h"
#include "crypto/key.h"
#include "tests/certs/forge.h"
#include "tests/certs/shell.h"

static struct shell shell;

static void begin(void)
{
    shell_init(&shell);
}

static void end(void)
{
    shell_finish(&shell);
}

TestSuite(command, .init = begin, .fini = end);

static int says(const char *text)
{
    return strstr(shell.out, text) != NULL;
}

static unsigned mode_of(const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", shell.folder, name);
    struct stat facts;
    cr_assert_eq(stat(path, &facts), 0, "%s", path);
    return facts.st_mode & 07777;
}

static size_t read_file(const char *name, uint8_t *bytes, size_t size)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", shell.folder, name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    size_t len = fread(bytes, 1, size, file);
    fclose(file);
    return len;
}

static void write_file(const char *name, const void *bytes, size_t len)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", shell.folder, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static void must(const char *command)
{
    cr_assert_eq(shell_run(&shell, "%s", command), 0, "%s: %s", command, shell.err);
}

static void must_fail(const char *command, int code, const char *complaint)
{
    cr_assert_eq(shell_run(&shell, "%s", command), code, "%s: %d %s", command, shell.code,
            shell.err);
    cr_assert(shell_complains(&shell, complaint), "%s", command);
}

Test(command, init_makes_an_authority_whose_keys_only_the_user_can_read)
{
    must("$V cert init");
    cr_assert_str_empty(shell.err);
    cr_assert_eq(mode_of("data/vitrine"), 0700);
    cr_assert_eq(mode_of("data/vitrine/root.key"), 0600);
    cr_assert_eq(mode_of("data/vitrine/intermediate.key"), 0600);
    must("ls -A data/vitrine | tr \"\\n\" \" \"");
    cr_assert_str_eq(shell.out,
            "intermediate.crl intermediate.der intermediate.key root.crl root.der root.key ");
    must("$V cert issue -c driver -o player --key $A/dev.key && $V cert verify -r data/vitrine/root.der player.der");
}

Test(command, init_overwrites_nothing_without_force)
{
    static const char *const files[] = { "root.key", "intermediate.key", "root.der",
        "intermediate.der", "root.crl", "intermediate.crl" };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        shell_run(&shell, "mkdir one%zu && echo mine > one%zu/%s", i, i, files[i]);
        cr_assert_eq(shell_run(&shell, "$V cert init -d one%zu", i), 1);
        cr_assert(shell_complains(&shell, "exists; --force replaces it"));
        shell_run(&shell, "ls -A one%zu; cat one%zu/*", i, i);
        char expected[64];
        snprintf(expected, sizeof(expected), "%s\nmine\n", files[i]);
        cr_assert_str_eq(shell.out, expected);
    }
}

Test(command, init_replaces_with_force_and_names_and_times_what_it_makes)
{
    must("mkdir a && echo mine > a/root.key && chmod 644 a/root.key");
    must("$V cert init -f -d a -n \"Test House\" --days 3");
    cr_assert_eq(mode_of("a/root.key"), 0600);
    cr_assert_eq(shell_run(&shell, "grep -q mine a/root.key"), 1);
    must("$V cert show a/root.der");
    cr_assert(says("subject      CN=Test House root\n"));
    must("$V cert issue -d a -c driver -o dev --key $A/dev.key");
    must("$V cert verify -r a/root.der dev.der");
    must_fail("$V cert verify --at $(date -u -d 4days +%F) -r a/root.der dev.der", 1, "expired");
}

Test(command, issue_makes_a_chain_and_the_key_that_belongs_to_it)
{
    must("$V cert issue -d $A -c device -o dev");
    cr_assert_str_empty(shell.err);
    cr_assert_eq(mode_of("dev.key"), 0600);
    uint8_t der[VIT_CHAIN_MAX_LEN];
    size_t len = read_file("dev.der", der, sizeof(der));
    VIT_AUTO(chain) chain = NULL;
    cr_assert_eq(vit_chain_parse(der, len, &chain), VIT_OK);
    VIT_AUTO(public_key) public = NULL;
    cr_assert_eq(vit_chain_leaf_key(chain, &public), VIT_OK);
    char path[256];
    snprintf(path, sizeof(path), "%s/dev.key", shell.folder);
    VIT_AUTO(private_key) key = NULL;
    cr_assert_eq(vit_private_key_open(path, NULL, NULL, &key), VIT_OK);
    cr_assert(vit_private_key_matches(key, public));
    must("ls -A | tr \"\\n\" \" \"");
    cr_assert_str_eq(shell.out, "dev.der dev.key ");
}

Test(command, issue_names_the_custody_that_was_asked_for)
{
    must("$V cert issue -d $A -c device -o device --key $A/dev.key && cp $A/dev.der driver.der");
    must("$V cert verify -r $A/root.der -c device device.der");
    must("$V cert verify -r $A/root.der -c driver driver.der");
    must_fail("$V cert verify -r $A/root.der -c device driver.der", 1,
            "driver.der: custody is driver, not device");
    must_fail("$V cert verify -r $A/root.der -c driver device.der", 1,
            "device.der: custody is device, not driver");
}

Test(command, issue_overwrites_nothing_without_force)
{
    must("echo mine > a.der && echo mine > b.key");
    must_fail("$V cert issue -d $A -c driver -o a", 1, "a.der: exists");
    must_fail("$V cert issue -d $A -c driver -o b", 1, "b.key: exists");
    must("cat a.der b.key; ls");
    cr_assert_str_eq(shell.out, "mine\nmine\na.der\nb.key\n");
    must("$V cert issue -d $A -c driver -o a -f --key $A/dev.key && $V cert verify -r $A/root.der a.der");
    must("$V cert issue -d $A -c driver -o b -f && $V cert verify -r $A/root.der b.der");
    cr_assert_eq(mode_of("b.key"), 0600);
}

Test(command, issue_protects_the_key_by_a_passphrase)
{
    must("$V cert issue -d $A -c driver -o dev --passphrase-fd 3 3<<E\nopen sesame\nE\n");
    must("head -1 dev.key");
    cr_assert_str_eq(shell.out, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
    must("$V cert issue -d $A -c device -o two --key dev.key --passphrase-fd 3 3<<E\nopen sesame\nE\n");
    must_fail(
            "$V cert issue -d $A -c device -o three --key dev.key --passphrase-fd 3 3<<E\nsimsim\nE\n",
            1, "dev.key: not a key, or wrong passphrase");
    must_fail("$V cert issue -d $A -c device -o three --key dev.key", 1, "wrong passphrase");
    must("ls -A | tr \"\\n\" \" \"");
    cr_assert_str_eq(shell.out, "dev.der dev.key two.der ");
}

Test(command, issue_refuses_an_empty_a_too_long_or_an_unreadable_passphrase)
{
    must_fail("$V cert issue -d $A -c driver -o dev --passphrase-fd 3 3</dev/null", 1,
            "dev.key: the passphrase is empty");
    must_fail("head -c 1025 /dev/zero | tr \"\\0\" x > long;"
              "$V cert issue -d $A -c driver -o dev --passphrase-fd 3 3<long",
            1, "dev.key: the passphrase is empty, too long");
    must_fail("$V cert issue -d $A -c driver -o dev --passphrase-fd 9", 3,
            "dev.key: the passphrase cannot be read");
    must_fail("$V cert issue -d $A -c driver -o dev --passphrase", 3,
            "dev.key: the passphrase cannot be read");
    must("ls -A");
    cr_assert_str_eq(shell.out, "long\n");
}

Test(command, issue_opens_an_authority_with_its_passphrase_only)
{
    must("cp -r $A a");
    VIT_AUTO(pair) pair = NULL;
    uint8_t bytes[8192];
    size_t len = read_file("a/intermediate.key", bytes, sizeof(bytes));
    cr_assert_eq(vit_pair_read(bytes, len, NULL, NULL, &pair), VIT_OK);
    char *pem = NULL;
    cr_assert_eq(vit_pair_write(pair, "secret", 6, &pem, &len), VIT_OK);
    write_file("a/intermediate.key", pem, len);
    vit_pem_free(pem, len);

    must("echo secret | $V cert issue -d a -c driver -o one --key $A/dev.key --authority-passphrase-fd 0");
    must_fail("echo wrong | $V cert issue -d a -c driver -o two --authority-passphrase-fd 0", 1,
            "a/intermediate.key: wrong or missing passphrase");
    must_fail("$V cert issue -d a -c driver -o two", 1,
            "a/intermediate.key: wrong or missing passphrase");
    cr_assert_eq(shell_run(&shell, "ls two.*"), 2);
}

Test(command, init_protects_both_keys_by_a_passphrase)
{
    must("echo secret | $V cert init -d a --passphrase-fd 0; head -qn 1 a/*.key");
    cr_assert(strstr(shell.out,
                      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n") != NULL);
    must("echo secret | $V cert issue -d a -c driver -o one --key $A/dev.key --authority-passphrase-fd 0");
}

Test(command, issue_asks_for_a_passphrase_on_the_terminal_and_does_not_show_it)
{
    static const char *const lines[] = { "open sesame", "open sesame", NULL };
    cr_assert_eq(shell_talk(&shell, lines, "$V cert issue -d $A -c driver -o dev --passphrase"), 0,
            "%s", shell.out);
    cr_assert(says("Passphrase of dev.key: "));
    cr_assert(says("Passphrase of dev.key, again: "));
    cr_assert_not(says("sesame"));
    must("$V cert issue -d $A -c device -o two --key dev.key --passphrase-fd 3 3<<E\nopen sesame\nE\n");
}

Test(command, issue_refuses_two_different_passphrases)
{
    static const char *const lines[] = { "open sesame", "open simsim", NULL };
    cr_assert_eq(shell_talk(&shell, lines, "$V cert issue -d $A -c driver -o dev --passphrase"), 1);
    must("ls -A");
    cr_assert_str_empty(shell.out);
}

Test(command, issue_asks_on_the_terminal_for_the_passphrase_of_a_key)
{
    static const char *const right[] = { "open sesame", NULL };
    static const char *const wrong[] = { "simsim", NULL };
    must("$V cert issue -d $A -c driver -o dev --passphrase-fd 3 3<<E\nopen sesame\nE\n");
    cr_assert_eq(shell_talk(&shell, right, "$V cert issue -d $A -c device -o two --key dev.key"), 0,
            "%s", shell.out);
    cr_assert_eq(shell_talk(&shell, wrong, "$V cert issue -d $A -c device -o three --key dev.key"),
            1);
}

Test(command, issue_gives_up_at_ctrl_c_and_leaves_the_terminal_as_it_was)
{
    static const char *const lines[] = { "open\x03", NULL };
    cr_assert_eq(shell_talk(&shell, lines,
                         "stty -a > before; $V cert issue -d $A -c driver -o dev --passphrase;"
                         "code=$?; stty -a > after; cmp before after || exit 99; exit $code"),
            1);
}

static void write_request(const char *name, const char *key_name, const char *signer_name)
{
    EVP_PKEY *key = forge_key(key_name);
    EVP_PKEY *signer = forge_key(signer_name);
    X509_REQ *request = X509_REQ_new();
    X509_REQ_set_pubkey(request, key);
    cr_assert(X509_REQ_sign(request, signer, EVP_sha256()));
    unsigned char *der = NULL;
    int len = i2d_X509_REQ(request, &der);
    write_file(name, der, (size_t)len);
    OPENSSL_free(der);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    EVP_PKEY_free(signer);
}

Test(command, issue_certifies_the_key_of_a_request)
{
    write_request("good.csr", "rsa2048-a", "rsa2048-a");
    write_request("forged.csr", "rsa2048-a", "rsa2048-b");
    write_request("long.csr", "rsa3072", "rsa3072");
    must("$V cert issue -d $A -c device -o dev --csr good.csr");
    must("$V cert verify -r $A/root.der dev.der");
    must_fail("$V cert issue -d $A -c device -o two --csr forged.csr", 1,
            "forged.csr: not a request signed by the key in it");
    must_fail("$V cert issue -d $A -c device -o two --csr long.csr", 1,
            "long.csr: not an RSA key of 2048 bits");
    must_fail("$V cert issue -d $A -c device -o two --csr dev.der", 1, "dev.der: not a request");
    must_fail("$V cert issue -d $A -c device -o two --csr none.csr", 3, "none.csr: No such file");
    must("ls -A | tr \"\\n\" \" \"");
    cr_assert_str_eq(shell.out, "dev.der forged.csr good.csr long.csr ");
}

Test(command, issue_certifies_a_key_that_is_there_already)
{
    must("$V cert issue -d $A -c driver -o one --key $FORGE_KEYS/rsa2048-a.pem");
    must("$V cert verify -r $A/root.der one.der");
    must_fail("$V cert issue -d $A -c driver -o two --key $FORGE_KEYS/rsa3072.pem", 1,
            "not an RSA key of 2048 bits");
    must_fail("$V cert issue -d $A -c driver -o two --key $FORGE_KEYS/ec256.pem", 1,
            "not an RSA key of 2048 bits");
    must_fail("$V cert issue -d $A -c driver -o two --key none.pem", 3,
            "none.pem: cannot be opened");
}

Test(command, issue_needs_an_authority)
{
    must_fail("$V cert issue -d none -c driver -o a", 3, "none/intermediate.der: No such file");
    must("mkdir a && cp $A/intermediate.der a");
    must_fail("$V cert issue -d a -c driver -o a", 3, "a/intermediate.key: No such file");
    must("echo nonsense > a/intermediate.key");
    must_fail("$V cert issue -d a -c driver -o a", 1, "a/intermediate.key: not a private RSA key");
    must("cp $A/root.key a/intermediate.key");
    must_fail("$V cert issue -d a -c driver -o a --key $A/dev.key", 1,
            "a: intermediate.der cannot issue");
    must("cp $A/intermediate.key a/intermediate.key && echo nonsense > a/intermediate.der");
    must_fail("$V cert issue -d a -c driver -o a", 1,
            "a/intermediate.der: not 1 to 4 certificates");
    must("ls");
    cr_assert_str_eq(shell.out, "a\n");
}

Test(command, issue_works_without_the_root_and_checks_against_it_when_it_is_there)
{
    must("mkdir a && cp $A/intermediate.* a && $V cert issue -d a -c driver -o one --key $A/dev.key");
    must("$V cert verify -r $A/root.der one.der");
    must("cp $A/intermediate.der a/root.der");
    must_fail("$V cert issue -d a -c driver -o two --key $A/dev.key", 1, "a: ");
    cr_assert_eq(shell_run(&shell, "ls two.*"), 2);
}

Test(command, issue_leaves_nothing_behind_when_a_file_cannot_be_written)
{
    must("mkdir b; (trap \"\" XFSZ; ulimit -f 0;"
         "$V cert issue -d $A -c driver -o b/dev 2>&1 | cat >/dev/null); ls -A b");
    cr_assert_str_empty(shell.out);
}

static void must_be_usage(const char *command, const char *complaint)
{
    cr_assert_eq(shell_run(&shell, "%s", command), 2, "%s", command);
    cr_assert(strstr(shell.err, complaint) != NULL, "%s: %s", command, shell.err);
    cr_assert_str_empty(shell.out);
}

Test(command, wrong_usage_exits_with_2_and_does_nothing)
{
    must_be_usage("$V", "no command");
    must_be_usage("$V nonsense", "unknown command");
    must_be_usage("$V cert", "no command");
    must_be_usage("$V cert nonsense", "unknown command");
    must_be_usage("$V cert init a", "nothing to be done with");
    must_be_usage("$V cert init --days 0", "--days must be a number from 1 to 36500");
    must_be_usage("$V cert init --days 36501", "--days");
    must_be_usage("$V cert init --days 3x", "--days");
    must_be_usage("$V cert init --passphrase-fd -1", "--passphrase-fd");
    must_be_usage("$V cert init -n $(head -c 60 /dev/zero | tr \"\\0\" x)", "--name");
    must_be_usage("$V cert issue -o a", "--custody is missing");
    must_be_usage("$V cert issue -c driver", "--output is missing");
    must_be_usage("$V cert issue -c both -o a", "--custody is driver or device");
    must_be_usage("$V cert issue -c driver -o a --key b --csr c", "exclude each other");
    must_be_usage("$V cert issue -c driver -o a --csr c --passphrase-fd 3", "no passphrase");
    must_be_usage("$V cert issue -c driver -o a more", "nothing to be done with");
    must_be_usage("$V cert show", "no file");
    must_be_usage("$V cert show a b", "one file at a time");
    must_be_usage("$V cert verify", "no chain");
    must_be_usage("$V cert verify a b", "one chain at a time");
    must_be_usage("$V cert verify a --at tomorrow", "is not a date");
    must_be_usage("$V cert trust", "say a root, --list or --remove");
    must_be_usage("$V cert trust a --list", "one of them");
    must_be_usage("$V cert trust a b", "one root at a time");
    must_be_usage("$V cert trust --remove 1234567", "at least 8 digits");
    must_be_usage("$V cert show --nonsense", "unrecognized option");
    must("ls -A");
    cr_assert_str_empty(shell.out);
}

Test(command, help_and_version_go_to_standard_output)
{
    static const char *const commands[] = { "", "cert", "cert init", "cert issue", "cert show",
        "cert verify", "cert trust" };
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        cr_assert_eq(shell_run(&shell, "$V %s --help", commands[i]), 0);
        char usage[64];
        snprintf(usage, sizeof(usage), "Usage: vitrine%s%s [OPTION...]", *commands[i] ? " " : "",
                commands[i]);
        cr_assert_eq(strncmp(shell.out, usage, strlen(usage)), 0, "%s", shell.out);
        cr_assert_str_empty(shell.err);
    }
    must("$V --version");
    cr_assert_eq(strncmp(shell.out, "vitrine ", 8), 0);
}

Test(command, show_tells_what_certificates_say)
{
    must("$V cert issue -d $A -c device -o dev -n \"My device\" && $V cert show dev.der");
    cr_assert(says("certificate  0\nsubject      CN=My device\n"));
    cr_assert(says("custody      device\n"));
    cr_assert(says("key          RSA, 2048 bits\n"));
    cr_assert(says("certificate  1 (CA)\nsubject      CN=Vitrine intermediate\n"));
}

Test(command, show_tells_it_in_json)
{
    must("$V cert show --json $A/dev.der");
    json_t *root = json_loads(shell.out, 0, NULL);
    json_t *list = json_object_get(root, "certificates");
    cr_assert_eq(json_array_size(list), 2);
    json_t *leaf = json_array_get(list, 0);
    cr_assert_str_eq(json_string_value(json_object_get(leaf, "custody")), "driver");
    cr_assert_eq(json_integer_value(json_object_get(leaf, "key_bits")), 2048);
    cr_assert(json_is_false(json_object_get(leaf, "ca")));
    json_t *issuer = json_array_get(list, 1);
    cr_assert(json_is_true(json_object_get(issuer, "ca")));
    cr_assert(json_is_null(json_object_get(issuer, "custody")));
    json_decref(root);
}

Test(command, show_refuses_what_is_no_certificate)
{
    must_fail("$V cert show none.der", 3, "none.der: No such file");
    must_fail("$V cert show .", 3, ".: Is a directory");
    must_fail(": > empty.der; $V cert show empty.der", 1, "empty.der: not 1 to 4 certificates");
    must_fail("head -c 500 $A/root.der > cut.der; $V cert show cut.der", 1, "cut.der: not 1 to 4");
    must_fail("(cat $A/root.der; echo) > more.der; $V cert show more.der", 1,
            "more.der: not 1 to 4");
    must_fail("head -c 16385 /dev/zero > big.der; $V cert show big.der", 3,
            "big.der: File too large");
}

Test(command, a_full_disk_under_standard_output_is_an_error)
{
    cr_assert_eq(shell_run(&shell, "$V cert show $A/root.der >/dev/full"), 3);
    cr_assert(strstr(shell.err, "standard output: No space left on device") != NULL);
}

Test(command, verify_says_which_certificate_is_wrong_and_how)
{
    must("cp $A/dev.der .");
    must("$V cert verify -r $A/root.der dev.der");
    cr_assert(says("dev.der: verified: CN=Vitrine device, serial "));
    must_fail("$V cert verify -r $A/root.der dev.der --at 2999-12-31", 1, "dev.der: ");
    must_fail("$V cert verify -r $A/root.der dev.der --at 2020-01-01T00:00:00Z", 1,
            "not yet valid");
    must_fail("head -c -1 dev.der > cut.der; $V cert verify -r $A/root.der cut.der", 1,
            "cut.der: not 1 to 4 certificates");
    must_fail("$V cert verify -r $A/intermediate.der dev.der", 1,
            "dev.der: issuer 1 (CN=Vitrine intermediate): is the root, which does not belong");
    must_fail("$V cert verify -r none.der dev.der", 3, "none.der: No such file");
    must_fail("$V cert verify -r dev.der dev.der", 1, "dev.der: not one certificate");
    must_fail("$V cert verify -r $A/root.der none.der", 3, "none.der: No such file");
}

Test(command, verify_refuses_in_json_too)
{
    must("cp $A/dev.der $A/dev.key .");
    must("$V cert verify --json -r $A/root.der dev.der");
    json_t *root = json_loads(shell.out, 0, NULL);
    cr_assert(json_is_true(json_object_get(root, "verified")));
    cr_assert_str_eq(json_string_value(json_object_get(root, "custody")), "driver");
    json_decref(root);

    cr_assert_eq(shell_run(&shell, "$V cert verify --json -r $A/root.der $A/root.der"), 1);
    root = json_loads(shell.out, 0, NULL);
    cr_assert(json_is_false(json_object_get(root, "verified")));
    cr_assert_not_null(json_string_value(json_object_get(root, "reason")));
    json_decref(root);
}

Test(command, trust_makes_verify_accept_and_removal_refuse_again)
{
    must("cp $A/dev.der $A/dev.key .");
    must_fail("$V cert verify dev.der", 1, "dev.der: no root is trusted yet");
    must("$V cert trust $A/root.der");
    char id[33] = "";
    cr_assert_eq(sscanf(shell.out, "%32[0-9a-f]", id), 1);
    must("$V cert verify dev.der");
    must("$V cert trust --list");
    cr_assert(says(id));
    cr_assert(says("CN=Vitrine root"));
    must("$V cert trust --json");
    cr_assert(says("\"roots\""));
    must_fail("$V cert trust --remove 0123456789", 1, "0123456789: no such root");
    id[8] = '\0';
    cr_assert_eq(shell_run(&shell, "$V cert trust --remove %s", id), 0);
    must_fail("$V cert verify dev.der", 1, "dev.der: no root is trusted yet");
    must("$V cert trust --list");
    cr_assert_str_empty(shell.out);
}

static void write_forged_root(const char *name, const char *subject, const char *key, int64_t to)
{
    struct forge_family family;
    forge_init(&family);
    family.specs[FORGE_ROOT].name = subject;
    family.specs[FORGE_ROOT].key = key;
    family.specs[FORGE_ROOT].from = 1000000000;
    family.specs[FORGE_ROOT].to = to;
    X509 *cert = forge_cert(&family.specs[FORGE_ROOT], NULL, key);
    uint8_t der[VIT_CHAIN_MAX_LEN];
    write_file(name, der, forge_append(der, 0, cert));
    X509_free(cert);
}

Test(command, verify_finds_the_right_root_among_several)
{
    enum { FAR = 4000000000 };
    must("cp $A/dev.der $A/dev.key .");
    write_forged_root("other.der", "Another root", "rsa2048-a", FAR);
    write_forged_root("same.der", "Vitrine root", "rsa2048-b", FAR);
    must("$V cert trust other.der && $V cert trust same.der");
    must_fail("$V cert verify dev.der", 1, "dev.der: ");
    must("$V cert trust $A/root.der && $V cert verify dev.der");
    must("rm data/vitrine/trust/*; $V cert trust other.der;"
         "sed s/Another/Y-nother/ other.der > data/vitrine/trust/two.der");
    must_fail("$V cert verify dev.der", 1,
            "dev.der: no trusted root is its issuer (CN=Vitrine root)");
}

Test(command, trust_takes_good_roots_only)
{
    must("cp $A/dev.der $A/dev.key .");
    write_forged_root("old.der", "Old", "rsa2048-a", 1100000000);
    write_forged_root("short.der", "Short", "rsa1024", 4000000000);
    must_fail("$V cert trust old.der", 1, "old.der: root (CN=Old): certificate has expired");
    must_fail("$V cert trust short.der", 1, "short.der: root (CN=Short): the key has 1024 bits");
    must_fail("$V cert trust $A/intermediate.der", 1, "is not self-signed");
    must_fail("$V cert trust dev.der", 1, "dev.der: not one certificate in DER");
    must_fail("$V cert trust none.der", 3, "none.der: No such file");
    must("$V cert trust --list");
    cr_assert_str_empty(shell.out);
}

Test(command, trust_ignores_what_is_no_certificate_and_says_so)
{
    must("cp $A/dev.der . && $V cert trust $A/root.der");
    must("echo nonsense > data/vitrine/trust/bad.der; $V cert verify dev.der");
    must("$V cert trust --list");
    cr_assert(says("bad.der: not one certificate in DER, ignored"));
}

Test(command, needs_to_know_where_the_user_keeps_data)
{
    must_fail("unset XDG_DATA_HOME HOME; $V cert init", 3, "neither HOME nor XDG_DATA_HOME is set");
    must_fail("unset XDG_DATA_HOME HOME; $V cert trust --list", 3, "neither HOME");
    must("unset XDG_DATA_HOME; HOME=$PWD $V cert trust $A/root.der; ls .local/share/vitrine");
    cr_assert(says("trust"));
    must("cd data 2>/dev/null || mkdir data; XDG_DATA_HOME=data HOME=$PWD $V cert trust --list");
    cr_assert(says("CN=Vitrine root"));
}

/* A copy of the authority with a device of its own. */
static void copy_authority(void)
{
    must("mkdir ca && cp $A/root.* $A/intermediate.* ca");
    must("$V cert issue -d ca -c driver -o dev --key $A/dev.key");
    must("$V cert verify -r ca/root.der dev.der");
}

static void dev_is_refused(const char *why)
{
    must_fail("$V cert verify -r ca/root.der dev.der", 1, why);
}

Test(command, revoke_revokes_a_certificate_and_no_other)
{
    copy_authority();
    must("$V cert revoke -d ca --certificate dev.der");
    cr_assert(says("ca/intermediate.crl: 1 revoked, next list by 20"));
    cr_assert_str_empty(shell.err);
    dev_is_refused("dev.der: leaf (CN=Vitrine device): certificate revoked");
    must("$V cert issue -d ca -c driver -o two --key $A/dev.key");
    must("$V cert verify -r ca/root.der two.der");
    must("$V cert verify -r ca/root.der --no-revocation dev.der");
    must("$V cert verify -r $A/root.der dev.der"); /* other lists lie there */
}

Test(command, revoke_takes_serial_numbers)
{
    copy_authority();
    must("$V cert show --json dev.der | sed -n \"s/.*\\\"serial\\\": \\\"\\(.*\\)\\\".*/\\1/p\" | head -n1 > serial");
    must("$V cert revoke -d ca --serial 123 && $V cert verify -r ca/root.der dev.der");
    must("$V cert revoke -d ca --serial $(cat serial) --issuer root");
    must("$V cert verify -r ca/root.der dev.der");
    must("$V cert revoke -d ca --serial $(cat serial)");
    cr_assert(says("2 revoked"));
    dev_is_refused("leaf (CN=Vitrine device): certificate revoked");
}

Test(command, revoke_revokes_an_intermediate)
{
    copy_authority();
    must("$V cert revoke -d ca --certificate ca/intermediate.der");
    cr_assert(says("ca/root.crl: 1 revoked"));
    dev_is_refused("certificate revoked");
}

Test(command, revoke_renews_the_lists)
{
    copy_authority();
    must("$V cert revoke -d ca --days 3");
    must("$V cert verify -r ca/root.der dev.der");
    must_fail("$V cert verify --at $(date -u -d 4days +%F) -r ca/root.der dev.der", 1, "expired");
    must("rm ca/root.key && $V cert revoke -d ca");
    cr_assert(says("ca/root.key: not there"));
    must_fail("$V cert verify --at $(date -u -d 5days +%F) -r ca/root.der dev.der", 1, "expired");
}

Test(command, revoke_refuses_what_it_cannot_revoke)
{
    static const char *const usage[] = { "--serial x", "--serial \"\"",
        "--serial 00112233445566778899aabbccddeeff0011223344", "--serial 1 --certificate dev.der",
        "--issuer root", "--serial 1 --issuer me", "--days 0", "more" };
    char command[128];
    copy_authority();
    for (size_t i = 0; i < sizeof(usage) / sizeof(usage[0]); i++) {
        snprintf(command, sizeof(command), "$V cert revoke -d ca %s", usage[i]);
        cr_assert_eq(shell_run(&shell, "%s", command), 2, "%s", command);
    }
    must("cp ca/intermediate.crl before");
    must("mkdir other && cp ca/root.* other && cp ca/root.der other/intermediate.der && "
         "cp ca/root.key other/intermediate.key && cp ca/root.crl other/intermediate.crl");
    must_fail("$V cert revoke -d other --certificate dev.der", 1, "not issued by the authority");
    must_fail("$V cert revoke -d none", 3, "none/intermediate.der: No such file");
    must("cp ca/root.crl ca/intermediate.crl");
    must_fail("$V cert revoke -d ca --certificate dev.der", 1, "ca/intermediate.crl: no next list");
    must_fail("$V cert issue -d ca -c driver -o two --key $A/dev.key", 1,
            "ca/intermediate.crl: no next list");
    must("test ! -e two.der && cmp ca/root.crl ca/intermediate.crl");
    must("echo nonsense > ca/intermediate.crl");
    must_fail("$V cert revoke -d ca", 1, "ca/intermediate.crl: no next list");
    must("grep -q nonsense ca/intermediate.crl");
}

Test(command, issue_leaves_a_current_list)
{
    copy_authority();
    must("cp ca/intermediate.crl before");
    must("$V cert issue -d ca -c driver -o two --key $A/dev.key && cmp before ca/intermediate.crl");
    must("rm ca/intermediate.crl");
    dev_is_refused("unable to get certificate CRL");
    must("$V cert issue -d ca -c driver -o three --key $A/dev.key");
    must("$V cert verify -r ca/root.der dev.der");
}

Test(command, verify_fails_closed_without_lists)
{
    copy_authority();
    must("mkdir bare && cp ca/root.der bare");
    must_fail("$V cert verify -r bare/root.der dev.der", 1, "unable to get certificate CRL");
    must("$V cert verify -r bare/root.der --no-revocation dev.der");
    must("$V cert verify -r bare/root.der --crl ca/root.crl --crl ca/intermediate.crl dev.der");
    must_fail("$V cert verify -r bare/root.der --crl ca/root.crl dev.der", 1,
            "unable to get certificate CRL");
    must_fail("$V cert verify -r ca/root.der --crl none.crl dev.der", 3, "none.crl");
    cr_assert_eq(shell_run(&shell, "$V cert verify --no-revocation --crl ca/root.crl dev.der"), 2);
    must("echo nonsense > ca/more.crl");
    dev_is_refused("are not lists in DER");
}

Test(command, trust_takes_the_lists_beside_a_root_along)
{
    copy_authority();
    must("$V cert trust ca/root.der && $V cert verify dev.der");
    must("ls data/vitrine/trust | wc -l");
    cr_assert_str_eq(shell.out, "2\n");
    must("$V cert revoke -d ca --certificate dev.der && $V cert trust ca/root.der");
    must_fail("$V cert verify dev.der", 1, "certificate revoked");
    must("$V cert trust --remove $($V cert trust --list | cut -c1-32)");
    must("ls data/vitrine/trust | wc -l");
    cr_assert_str_eq(shell.out, "0\n");
}
