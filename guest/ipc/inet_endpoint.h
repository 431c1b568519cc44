// An IP address and a port, of either version.
#pragma once

#include "guest/ipc/socket_address.h"

namespace mayfly::guest {

// IPv4 addresses are kept as IPv6 maps them: ::ffff:a.b.c.d.
struct Endpoint {
    u8 ip[16] = {};
    u16 port = 0;  // in the machine's byte order

    static Endpoint any(int family, u16 port);
    static Endpoint loopback(bool ipv4, u16 port);
    // Of a sockaddr_in or sockaddr_in6; EINVAL when it is too short, EAFNOSUPPORT when it is neither.
    static ErrnoOr<Endpoint> parse(const SocketAddress& address);

    bool is_ipv4() const;
    bool is_any() const;
    bool is_loopback() const;
    bool same_ip(const Endpoint& other) const { return std::memcmp(ip, other.ip, sizeof(ip)) == 0; }
    SocketAddress to_address(int family) const;
};

}  // namespace mayfly::guest
