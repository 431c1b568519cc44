// The control buffer of sendmsg(2) and recvmsg(2): cmsg(3).
#pragma once

#include "guest/ipc/socket.h"

namespace mayfly::guest {

// What the caller of sendmsg wants to send along; EINVAL for a malformed buffer, EBADF.
ErrnoOr<void> read_control(Thread& self, const Socket& socket, const UserMessageHeader& header, Ancillary& ancillary);

// Hands the receiver what came along, new descriptors included. Sets the header's control_bytes, and
// MSG_CTRUNC in its flags when there was too little room.
ErrnoOr<void> write_control(Thread& self, const Socket& socket, Ancillary& ancillary, int receive_flags,
                            UserMessageHeader& header);

}  // namespace mayfly::guest
