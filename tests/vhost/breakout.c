/* SPDX-License-Identifier: MIT */
/* Loaded into a device process: whoever connects makes it ask for a network socket. */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) int accept4(int fd, struct sockaddr *address, socklen_t *len,
        int flags)
{
    int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (other >= 0) {
        close(other);
    }
    return (int)syscall(SYS_accept4, fd, address, len, flags);
}
