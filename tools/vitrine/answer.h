/* SPDX-License-Identifier: MIT */
/* What a driver answered, for people and for programs. */
#ifndef TOOLS_VITRINE_ANSWER_H
#define TOOLS_VITRINE_ANSWER_H

#include <jansson.h>

#include "winabi.h"

/* As the headers call it, ERROR_GRAPHICS_ left out; NULL: none that drivers answer with. */
const char *vit_code_name(HRESULT hr);

/* {"refused": "0x80004005", "name": "E_FAIL"} */
json_t *vit_answer_refused(HRESULT hr);

/* Prints it in one line, which it does not end: "yes", 3, "a, b", "enabled yes, ...". */
void vit_answer_say(json_t *value);
/* A line for each member of an object: its key in width columns, and the value. */
void vit_answer_say_lines(json_t *object, int width);

#endif
