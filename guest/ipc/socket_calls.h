// What the files with the sockets' system calls share.
#pragma once

#include "guest/fs/fd_table.h"
#include "guest/ipc/socket.h"

namespace mayfly::guest {

// The open file keeps the socket alive; EBADF, ENOTSOCK.
ErrnoOr<Ref<Socket>> socket_of(Thread& self, int fd);

}  // namespace mayfly::guest
