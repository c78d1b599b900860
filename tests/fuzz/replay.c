/* SPDX-License-Identifier: MIT */
/* Runs a fuzzer's function once on each file of a corpus: replay CORPUS... */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"

static void replay(const char *path)
{
    VIT_AUTO(stream) file = fopen(path, "re");
    struct stat info;
    FUZZ_CHECK(file != NULL && fstat(fileno(file), &info) == 0);
    /* Exactly as long as the input: a read behind it is seen. */
    size_t len = (size_t)info.st_size;
    uint8_t *data = malloc(len > 0 ? len : 1);
    FUZZ_CHECK(data != NULL && fread(data, 1, len, file) == len);
    (void)LLVMFuzzerTestOneInput(data, len);
    free(data);
}

static unsigned replay_all(const char *folder)
{
    char path[4096];
    unsigned count = 0;
    DIR *open_folder = opendir(folder);
    FUZZ_CHECK(open_folder != NULL);
    for (struct dirent *entry = readdir(open_folder); entry != NULL; entry = readdir(open_folder)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        int len = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        FUZZ_CHECK(len > 0 && (size_t)len < sizeof(path));
        printf("%s\n", path);
        (void)fflush(stdout); /* the name of the one that ends us */
        replay(path);
        count++;
    }
    closedir(open_folder);
    return count;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; i++) {
        count += replay_all(argv[i]);
    }
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1;
}
