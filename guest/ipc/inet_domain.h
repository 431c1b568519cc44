// AF_INET and AF_INET6 between the sockets of this guest: 127.0.0.0/8 and ::1. There is no network.
#pragma once

#include "guest/ipc/socket.h"

namespace mayfly::guest {

class InetDomain final : public SocketDomain {
public:
    constexpr explicit InetDomain(int family) : family_(family) {}

    int family() const override { return family_; }
    ErrnoOr<void> bind(Thread& self, Socket& socket, const SocketAddress& address) const override;
    ErrnoOr<void> bind_to_any(Socket& socket) const override;
    void release(Socket& socket) const override;
    ErrnoOr<Ref<Socket>> find(Thread& self, const Socket& from, const SocketAddress& address) const override;
    ErrnoOr<void> check_listen(const Socket& socket) const override;
    SocketAddress local_name(const Socket& socket, const SocketAddress& remote) const override;
    SocketAddress translate(const SocketAddress& address) const override;

private:
    int family_;
};

}  // namespace mayfly::guest
