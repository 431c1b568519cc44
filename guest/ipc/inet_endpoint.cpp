#include "guest/ipc/inet_endpoint.h"

#include <linux/in.h>
#include <linux/in6.h>

namespace mayfly::guest {

namespace {

constexpr u8 kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr usize kShortInet6 = 24;  // without the scope, as RFC 2133 had it

Endpoint of_ipv4(const u8* ip, u16 port) {
    Endpoint result;
    std::memcpy(result.ip, kMapped, sizeof(kMapped));
    std::memcpy(result.ip + 12, ip, 4);
    result.port = port;
    return result;
}

bool all_zero(std::span<const u8> bytes) {
    for (u8 byte : bytes)
        if (byte != 0) return false;
    return true;
}

}  // namespace

Endpoint Endpoint::any(int family, u16 port) {
    constexpr u8 kZero[4] = {};
    if (family == AF_INET) return of_ipv4(kZero, port);
    Endpoint result;
    result.port = port;
    return result;
}

Endpoint Endpoint::loopback(bool ipv4, u16 port) {
    constexpr u8 kLoopback[4] = {127, 0, 0, 1};
    if (ipv4) return of_ipv4(kLoopback, port);
    Endpoint result;
    result.ip[15] = 1;
    result.port = port;
    return result;
}

ErrnoOr<Endpoint> Endpoint::parse(const SocketAddress& address) {
    if (address.family() == AF_INET) {
        if (address.size() < sizeof(sockaddr_in)) return fail(EINVAL);
        const auto name = address.as<sockaddr_in>();
        u8 ip[4];
        std::memcpy(ip, &name.sin_addr, sizeof(ip));
        return of_ipv4(ip, __builtin_bswap16(name.sin_port));
    }
    if (address.family() != AF_INET6) return fail(EAFNOSUPPORT);
    if (address.size() < kShortInet6) return fail(EINVAL);
    const auto name = address.as<sockaddr_in6>();
    Endpoint result;
    std::memcpy(result.ip, &name.sin6_addr, sizeof(result.ip));
    result.port = __builtin_bswap16(name.sin6_port);
    return result;
}

bool Endpoint::is_ipv4() const { return std::memcmp(ip, kMapped, sizeof(kMapped)) == 0; }

bool Endpoint::is_any() const { return all_zero(is_ipv4() ? std::span(ip).subspan(12) : std::span(ip)); }

bool Endpoint::is_loopback() const {
    if (is_ipv4()) return ip[12] == 127;
    return all_zero(std::span(ip).first(15)) && ip[15] == 1;
}

SocketAddress Endpoint::to_address(int family) const {
    if (family == AF_INET) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = __builtin_bswap16(port);
        std::memcpy(&name.sin_addr, ip + 12, 4);
        return SocketAddress::of(name);
    }
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_port = __builtin_bswap16(port);
    std::memcpy(&name.sin6_addr, ip, sizeof(ip));
    return SocketAddress::of(name);
}

}  // namespace mayfly::guest
