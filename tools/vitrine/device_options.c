/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/device_options.h"

#include <string.h>
#include <unistd.h>

#include "tools/vitrine/command.h"
#include "tools/vitrine/file.h"

enum {
    OPTION_LINK = 0x200,
    OPTION_CERTIFICATE,
    OPTION_KEY,
    OPTION_PASSPHRASE_FD,
    OPTION_UMD,
    OPTION_HOST,
    OPTION_REQUIRE_HDCP,
};

static const struct argp_option list[] = {
    { "link", OPTION_LINK, "LINK", 0,
            "embedded: (the device in this process; default), vhost:PATH (a vitrine-gpu process), or "
            "drm:[RENDER][,card=CARD] (in a guest that has the device as its GPU)",
            10 },
    { "certificate", OPTION_CERTIFICATE, "FILE", 0,
            "embedded: certificate chain of the device (device.der in this user's vitrine folder)",
            10 },
    { "key", OPTION_KEY, "URI", 0,
            "private key of the certificate, for the driver or the embedded device, whoever has "
            "custody (device.key in this user's vitrine folder)",
            10 },
    { "passphrase-fd", OPTION_PASSPHRASE_FD, "N", 0, "read the key's passphrase from descriptor N",
            10 },
    { "umd", OPTION_UMD, "PATH", 0, "another user-mode driver", 11 },
    { "host", OPTION_HOST, "PATH", 0, "another host library", 11 },
    { "require-hdcp", OPTION_REQUIRE_HDCP, NULL, 0,
            "embedded: show protected content only under HDCP", 11 },
    { 0 },
};

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct device_options *options = state->input;
    struct vit_adapter_config *adapter = &options->adapter;
    switch (option) {
    case OPTION_LINK:
        adapter->link.link = text;
        return 0;
    case OPTION_CERTIFICATE:
        adapter->link.certificate = text;
        return 0;
    case OPTION_KEY:
        adapter->link.key = text;
        options->passphrase.what = text;
        return 0;
    case OPTION_PASSPHRASE_FD:
        options->passphrase.fd = atoi(text);
        return 0;
    case OPTION_UMD:
        adapter->umd = text;
        return 0;
    case OPTION_HOST:
        adapter->host = text;
        return 0;
    case OPTION_REQUIRE_HDCP:
        adapter->link.require_hdcp = 1;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp device_argp = { .options = list, .parser = parse };

void device_options_init(struct device_options *options)
{
    *options = (struct device_options){ .passphrase = { .fd = VIT_PASSPHRASE_NO_FD } };
    options->default_certificate = vit_data_path("device.der");
    options->default_key = vit_data_path("device.key");
}

void device_options_finish(struct device_options *options)
{
    free(options->default_certificate);
    free(options->default_key);
}

static bool is_embedded(const struct vit_adapter_config *adapter)
{
    return adapter->link.link == NULL || strncmp(adapter->link.link, "embedded:", 9) == 0;
}

static const char *if_there(const char *path)
{
    return path != NULL && access(path, F_OK) == 0 ? path : NULL;
}

int device_options_open(struct device_options *options, const char *command,
        struct vit_adapter **adapter)
{
    char error[256] = "the adapter does not open";
    struct vitrine_host_config *link = &options->adapter.link;
    if (link->certificate == NULL && is_embedded(&options->adapter)) {
        link->certificate = if_there(options->default_certificate);
        link->key = link->key != NULL ? link->key : if_there(options->default_key);
        options->passphrase.what = link->key;
        if (link->certificate == NULL) {
            return vit_command_fail(VIT_EXIT_USAGE, command, NULL,
                    "no device certificate: give --certificate, or make one with vitrine cert init "
                    "and vitrine cert issue");
        }
    }
    link->passphrase = vit_passphrase_ask;
    link->passphrase_context = &options->passphrase;
    HRESULT hr = vit_adapter_open(&options->adapter, adapter, error, sizeof(error));
    return FAILED(hr) ? vit_command_fail(VIT_EXIT_SYSTEM, command, NULL, "%s", error) : VIT_EXIT_OK;
}
