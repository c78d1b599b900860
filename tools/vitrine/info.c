/* SPDX-License-Identifier: MIT */
/* vitrine info: what device and driver say of themselves. */
#include <argp.h>

#include "tools/vitrine/command.h"
#include "tools/vitrine/report.h"

static const char name[] = "vitrine info";

struct options {
    struct device_options device;
    bool json;
};

static const struct argp_option list[] = {
    { "json", 'j', NULL, 0, "print as JSON", 0 },
    { 0 },
};

static error_t parse(int option, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (option) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->device;
        return 0;
    case 'j':
        options->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: unexpected", text);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void say_list(const char *title, json_t *lines)
{
    size_t i;
    json_t *item;
    json_array_foreach(lines, i, item)
    {
        printf("%-17s%s\n", i == 0 ? title : "", json_string_value(item));
    }
}

static void say_chain(json_t *chain)
{
    size_t i;
    json_t *item;
    json_array_foreach(chain, i, item)
    {
        printf("%-17s%s (%s)\n", i == 0 ? "chain" : "",
                json_string_value(json_object_get(item, "subject")),
                json_string_value(json_object_get(item, "serial")));
    }
}

static void say(json_t *info)
{
    json_t *caps = json_object_get(info, "capabilities");
    printf("%-17s%s\n", "link", json_string_value(json_object_get(info, "link")));
    printf("%-17s%s\n", "custody", json_string_value(json_object_get(info, "custody")));
    say_chain(json_object_get(info, "chain"));
    if (json_is_object(caps)) {
        printf("%-17s0x%llx\n", "capabilities",
                (unsigned long long)json_integer_value(json_object_get(caps, "flags")));
        printf("%-17s%lld bytes\n", "protected memory",
                (long long)json_integer_value(json_object_get(caps, "protected_memory")));
    } else {
        printf("%-17snone\n", "capabilities");
    }
    say_list("protects", json_object_get(info, "protects"));
    say_list("does not protect", json_object_get(info, "does_not_protect"));
}

static int run_with(struct options *options)
{
    VIT_AUTO(adapter) adapter = NULL;
    int code = device_options_open(&options->device, name, &adapter);
    if (code != VIT_EXIT_OK) {
        return code;
    }
    json_t *info = report_adapter(&options->device, adapter);
    if (info == NULL) {
        return vit_command_fail(VIT_EXIT_SYSTEM, name, NULL, "the device does not answer");
    }
    if (options->json) {
        json_dumpf(info, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        say(info);
    }
    json_decref(info);
    return VIT_EXIT_OK;
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = { { .argp = &device_argp }, { 0 } };
    static const struct argp argp = {
        .options = list,
        .parser = parse,
        .doc = "Says what device and driver are there, and what they protect from whom.",
        .children = children,
    };
    struct options options = { .json = false };
    device_options_init(&options.device);
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    int code = run_with(&options);
    device_options_finish(&options.device);
    return code;
}

const struct vit_command vit_command_info = { "info", "say what device and driver are there", run };
