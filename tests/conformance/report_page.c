/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "tests/conformance/report.h"
#include "tests/conformance/rule.h"

static const char style[] =
        ":root{--kept:#1a7f37;--broken:#b42318;--other:#9a6700;--quiet:#57606a;--line:#d8dee4;--soft:#f6f8fa}"
        "*{box-sizing:border-box}"
        "body{font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:#1f2328;"
        "margin:0 auto;max-width:64rem;padding:2rem 1.5rem}"
        "h1{font-size:1.7rem;margin:0 0 .25rem}h2{font-size:1.25rem;margin:2.5rem 0 .5rem}"
        "p{margin:.5rem 0}.quiet{color:var(--quiet)}"
        ".verdict{font-size:1.2rem;font-weight:600;border-left:.35rem solid var(--quiet);"
        "background:var(--soft);padding:.75rem 1rem;margin:1.25rem 0}"
        ".verdict.kept{border-color:var(--kept)}.verdict.broken{border-color:var(--broken)}"
        "table{border-collapse:collapse;width:100%;font-size:.94rem}"
        "th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;"
        "border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--quiet)}"
        ".c1{width:8.5rem}.c3{width:19rem}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
        "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:1rem 0}"
        "dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}"
        "code,.id{font:.85em/1.4 ui-monospace,Consolas,monospace;overflow-wrap:anywhere}"
        ".id{color:var(--quiet)}.r{white-space:nowrap;font-weight:600}"
        ".kept .r{color:var(--kept)}.broken .r{color:var(--broken)}"
        ".other .r{color:var(--other)}"
        ".na .r,.none .r{color:var(--quiet);font-weight:400}"
        ".proof{background:#fff1f0;border:1px solid #f4c7c3;border-radius:.3rem;"
        "padding:.5rem .75rem;margin:.4rem 0 .2rem;white-space:pre-wrap;"
        "font:.85rem/1.45 ui-monospace,Consolas,monospace;overflow-wrap:anywhere}"
        "a{color:#0550ae}@media print{body{max-width:none}}";

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static json_int_t count_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void put(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

static void put_between(FILE *out, const char *before, const char *text, const char *after)
{
    fputs(before, out);
    put(out, text);
    fputs(after, out);
}

static void put_verdict(const json_t *summary, FILE *out)
{
    json_int_t kept = count_of(summary, "kept"), broken = count_of(summary, "broken");
    json_int_t other = count_of(summary, "not followed");
    if (broken != 0) {
        fprintf(out, "<p class=\"verdict broken\">%lld of %lld rules tested %s broken.</p>\n",
                (long long)broken, (long long)(kept + broken + other), broken == 1 ? "is" : "are");
    } else if (other != 0) {
        fputs("<p class=\"verdict kept\">No published rule tested is broken.</p>\n", out);
    } else if (kept != 0) {
        fprintf(out, "<p class=\"verdict kept\">All %lld rules tested are kept.</p>\n",
                (long long)kept);
    } else {
        fputs("<p class=\"verdict\">No rule was tested.</p>\n", out);
    }
    if (other != 0) {
        fprintf(out, "<p class=\"verdict\">Not followed: %lld; each is " RULE_CHOICE ".</p>\n",
                (long long)other);
    }
    json_int_t absent = count_of(summary, "not applicable"),
               left = count_of(summary, "not selected");
    if (absent != 0) {
        fprintf(out,
                "<p>%lld more do not apply: they are about what this driver does not offer and need "
                "not.</p>\n",
                (long long)absent);
    }
    if (left != 0) {
        fprintf(out, "<p>%lld more were not selected for this run.</p>\n", (long long)left);
    }
}

static void put_fact(FILE *out, const char *name, const char *value, const char *meaning)
{
    put_between(out, "<dt>", name, "</dt>");
    put_between(out, "<dd><code>", value, "</code>");
    put_between(out, " <span class=\"quiet\">", meaning, "</span></dd>\n");
}

/* The player is the test. */
static const char *key_place(const char *link, const char *custody)
{
    if (strcmp(custody, "driver") == 0) {
        return "the driver's side, in the player's process";
    }
    return strcmp(link, "embedded:") == 0 ? "the device's side, but in the player's process"
                                          : "in the process of the virtual GPU";
}

static const char *device_place(const char *link)
{
    if (strcmp(link, "embedded:") == 0) {
        return "the virtual GPU runs in the process of the test";
    }
    return strncmp(link, "drm:", 4) == 0 ? "the GPU of the virtual machine that was tested in"
                                         : "the virtual GPU runs in a process of its own";
}

static void put_run(const json_t *run, FILE *out)
{
    const char *link = text_of(run, "link"), *custody = text_of(run, "custody");
    fputs("<dl>", out);
    put_fact(out, "Driver tested", text_of(run, "umd"), "");
    put_fact(out, "With the host library", text_of(run, "host"),
            "plays the operating system's kernel");
    put_fact(out, "Link to the device", link, device_place(link));
    put_fact(out, "Private key held by", custody, key_place(link, custody));
    put_fact(out, "Tested by", text_of(run, "program"), "");
    put_fact(out, "Time", text_of(run, "time"), "");
    fputs("</dl>\n", out);
}

static void put_head(const json_t *report, FILE *out)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
          "<title>Content protection conformance</title><style>",
            out);
    fputs(style, out);
    fputs("</style></head><body>\n<h1>Content protection conformance</h1>\n"
          "<p class=\"quiet\">A display driver that offers content protection promises a contract: "
          "which calls it takes, which it refuses and how, what it may never leave behind. This page "
          "says of each rule of the published contract whether the driver kept it.</p>\n",
            out);
    put_verdict(json_object_get(report, "summary"), out);
    put_run(json_object_get(report, "run"), out);
}

static const char *class_of(const char *result)
{
    if (strcmp(result, "kept") == 0 || strcmp(result, "broken") == 0) {
        return result;
    }
    if (strcmp(result, "not followed") == 0) {
        return "other";
    }
    return strcmp(result, "not applicable") == 0 ? "na" : "none";
}

static void put_evidence(const json_t *rule, FILE *out)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(rule, "evidence"), index, item)
    {
        put_between(out, "<div class=\"proof\">", text_of(item, "message"), "");
        if (json_object_get(item, "file") != NULL) {
            put_between(out, "\n", text_of(item, "file"), "");
            fprintf(out, ":%lld", (long long)count_of(item, "line"));
        }
        fputs("</div>", out);
    }
}

static void put_rule(const json_t *rule, FILE *out)
{
    const char *result = text_of(rule, "result");
    size_t index;
    json_t *id;
    fprintf(out, "<tr class=\"%s\"><td class=\"r\">", class_of(result));
    put(out, result);
    put_between(out, "</td><td>", text_of(rule, "rule"), "");
    if (text_of(rule, "reason")[0] != '\0') {
        put_between(out, "<div class=\"quiet\">", text_of(rule, "reason"), "</div>");
    }
    if (json_array_size(json_object_get(rule, "choices")) != 0) {
        fputs("<div class=\"quiet\">(" RULE_CHOICE ")</div>", out);
    }
    put_evidence(rule, out);
    put_between(out, "<div class=\"id\">", text_of(rule, "group"), "/");
    put(out, text_of(rule, "test"));
    json_array_foreach(json_object_get(rule, "ids"), index, id)
    {
        put_between(out, " &middot; ", json_string_value(id), "");
    }
    put_between(out, "</div></td><td><code>", text_of(rule, "page"), "</code></td></tr>\n");
}

static const char table_head[] =
        "<table><colgroup><col class=\"c1\"><col><col class=\"c3\"></colgroup>"
        "<thead><tr><th>Result</th><th>Rule</th><th>Published on page</th></tr></thead><tbody>\n";

static bool is_broken(const json_t *rule)
{
    const char *result = text_of(rule, "result");
    return strcmp(result, "broken") == 0 || strcmp(result, "not followed") == 0;
}

static void put_broken(const json_t *rules, FILE *out)
{
    size_t index;
    json_t *rule;
    fputs("<h2 id=\"broken\">Broken rules, with the evidence</h2>\n", out);
    fputs(table_head, out);
    json_array_foreach(rules, index, rule)
    {
        if (is_broken(rule)) {
            put_rule(rule, out);
        }
    }
    fputs("</tbody></table>\n", out);
}

/* The results of one group, counted. */
static json_t *count_group(const json_t *rules, const char *group)
{
    size_t index;
    json_t *rule, *counts = json_object();
    json_array_foreach(rules, index, rule)
    {
        if (strcmp(text_of(rule, "group"), group) == 0) {
            const char *result = text_of(rule, "result");
            json_object_set_new(counts, result, json_integer(count_of(counts, result) + 1));
        }
    }
    return counts;
}

static void put_overview_row(const json_t *rules, const json_t *first, FILE *out)
{
    static const char *const columns[] = { "kept", "broken", "not followed", "not applicable",
        "not selected" };
    const char *group = text_of(first, "group");
    json_t *counts = count_group(rules, group);
    put_between(out, "<tr><td><a href=\"#", group, "\">");
    put_between(out, "", text_of(first, "interface"), "</a></td>");
    for (unsigned i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        json_int_t count = count_of(counts, columns[i]);
        fprintf(out,
                count != 0 ? "<td class=\"n %s\"><b class=\"r\">%lld</b></td>"
                           : "<td class=\"n quiet %s\">&ndash;</td>",
                class_of(columns[i]), (long long)count);
    }
    fputs("</tr>\n", out);
    json_decref(counts);
}

static bool starts_group(const json_t *rules, size_t index)
{
    return index == 0 ||
            strcmp(text_of(json_array_get(rules, index), "group"),
                    text_of(json_array_get(rules, index - 1), "group")) != 0;
}

static void put_overview(const json_t *rules, FILE *out)
{
    size_t index;
    json_t *rule;
    fputs("<h2>By interface</h2>\n<table><thead><tr><th>Interface</th><th class=\"n\">kept</th>"
          "<th class=\"n\">broken</th><th class=\"n\">not followed</th><th class=\"n\">not applicable</th>"
          "<th class=\"n\">not selected</th></tr></thead><tbody>\n",
            out);
    json_array_foreach(rules, index, rule)
    {
        if (starts_group(rules, index)) {
            put_overview_row(rules, rule, out);
        }
    }
    fputs("</tbody></table>\n", out);
}

static void put_groups(const json_t *rules, FILE *out)
{
    size_t index;
    json_t *rule;
    json_array_foreach(rules, index, rule)
    {
        if (starts_group(rules, index)) {
            fputs(index != 0 ? "</tbody></table>\n" : "", out);
            put_between(out, "<h2 id=\"", text_of(rule, "group"), "\">");
            put_between(out, "", text_of(rule, "interface"), "</h2>\n");
            fputs(table_head, out);
        }
        put_rule(rule, out);
    }
    fputs(json_array_size(rules) != 0 ? "</tbody></table>\n" : "", out);
}

void report_page(const json_t *report, FILE *out)
{
    const json_t *rules = json_object_get(report, "rules");
    put_head(report, out);
    const json_t *summary = json_object_get(report, "summary");
    if (count_of(summary, "broken") + count_of(summary, "not followed") != 0) {
        put_broken(rules, out);
    }
    put_overview(rules, out);
    put_groups(rules, out);
    fputs("<p class=\"quiet\">The ids are those of <code>tests/conformance/rules.md</code> of "
          "Vitrine. Pages are named as in Microsoft's public documentation.</p>\n</body></html>\n",
            out);
}
