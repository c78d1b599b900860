/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tools/vitrine/conversation.h"

static int ends[2];

static void start(void)
{
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

Test(conversation, head_and_body_arrive_as_one, .init = start)
{
    uint32_t type = 0, len = 0;
    char body[8];
    cr_assert_eq(conversation_send(ends[0], CONVERSATION_KEYS, "head", 4, "body", 4), VIT_OK);
    cr_assert_eq(conversation_next(ends[1], 1000, &type, &len), VIT_OK);
    cr_assert_eq(type, CONVERSATION_KEYS);
    cr_assert_eq(len, 8);
    cr_assert_eq(conversation_read(ends[1], 1000, body, 8), VIT_OK);
    cr_assert_arr_eq(body, "headbody", 8);
}

Test(conversation, a_cut_message_is_the_end_at_every_length)
{
    for (size_t cut = 0; cut < 12; cut++) {
        uint8_t bytes[12] = { CONVERSATION_VERDICT, 0, 0, 0, 4 };
        uint32_t type, len;
        uint8_t body[4];
        start();
        cr_assert_eq(write(ends[0], bytes, cut), (ssize_t)cut);
        close(ends[0]);
        enum vit_status status = conversation_next(ends[1], 1000, &type, &len);
        cr_assert_eq(status, cut < 8 ? VIT_E_GONE : VIT_OK);
        if (cut >= 8) {
            cr_assert_eq(conversation_read(ends[1], 1000, body, len), VIT_E_GONE);
        }
        close(ends[1]);
    }
}

Test(conversation, an_absurd_length_is_refused, .init = start)
{
    uint8_t header[8] = { CONVERSATION_READBACK, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
    uint32_t type, len;
    cr_assert_eq(write(ends[0], header, 8), 8);
    cr_assert_eq(conversation_next(ends[1], 1000, &type, &len), VIT_E_PROTOCOL);
}

Test(conversation, silence_has_a_limit, .init = start)
{
    uint32_t type, len;
    cr_assert_eq(conversation_next(ends[1], 1, &type, &len), VIT_E_TIMEOUT);
}

Test(conversation, a_path_too_long_is_refused)
{
    char path[300];
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    cr_assert_eq(conversation_connect(path), -1);
    cr_assert_eq(conversation_listen(path), -1);
}
