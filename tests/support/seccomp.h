/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_SECCOMP_H
#define TESTS_SUPPORT_SECCOMP_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SUPPORT_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SUPPORT_SANITIZED 1
#endif
#ifndef SUPPORT_SANITIZED
#define SUPPORT_SANITIZED 0
#endif

/* --seccomp of devices that tests start: the sanitizers' run times write logs, start helpers and
 * trace threads, so with them a device has no sandbox; else the default. */
static inline const char *support_seccomp(void)
{
    return SUPPORT_SANITIZED ? "none" : "kill";
}

#endif
