// AF_UNIX: names are paths, or "abstract" when they begin with a NUL byte (unix(7)).
#pragma once

#include "guest/ipc/socket.h"

namespace mayfly::guest {

class UnixDomain final : public SocketDomain {
public:
    int family() const override { return AF_UNIX; }
    ErrnoOr<void> bind(Thread& self, Socket& socket, const SocketAddress& address) const override;
    ErrnoOr<void> bind_to_any(Socket& socket) const override;
    void release(Socket& socket) const override;
    ErrnoOr<Ref<Socket>> find(Thread& self, const Socket& from, const SocketAddress& address) const override;
    ErrnoOr<void> check_listen(const Socket& socket) const override;
    SocketAddress local_name(const Socket& socket, const SocketAddress& remote) const override;
    SocketAddress translate(const SocketAddress& address) const override { return address; }
};

}  // namespace mayfly::guest
