#include "guest/ipc/socket_options.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tcp.h>

namespace mayfly::guest {

namespace {

constexpr IntegerOption kSocketOptions[] = {
    {SOL_SOCKET, SO_DEBUG, 0, true},           {SOL_SOCKET, SO_REUSEADDR, 0, true},
    {SOL_SOCKET, SO_DONTROUTE, 0, true},       {SOL_SOCKET, SO_BROADCAST, 0, true},
    {SOL_SOCKET, SO_KEEPALIVE, 0, true},       {SOL_SOCKET, SO_OOBINLINE, 0, true},
    {SOL_SOCKET, SO_NO_CHECK, 0, true},        {SOL_SOCKET, SO_PRIORITY, 0, false},
    {SOL_SOCKET, SO_REUSEPORT, 0, true},       {SOL_SOCKET, SO_PASSCRED, 0, true},
    {SOL_SOCKET, SO_RCVLOWAT, 1, false},       {SOL_SOCKET, SO_TIMESTAMP_OLD, 0, true},
    {SOL_SOCKET, SO_TIMESTAMPNS_OLD, 0, true}, {SOL_SOCKET, SO_MARK, 0, false},
    {SOL_SOCKET, SO_RXQ_OVFL, 0, true},        {SOL_SOCKET, SO_BUSY_POLL, 0, false},
    {SOL_SOCKET, SO_INCOMING_CPU, 0, false},
};
constexpr IntegerOption kTcpOptions[] = {
    {SOL_TCP, TCP_NODELAY, 0, true},        {SOL_TCP, TCP_MAXSEG, 65483, false},
    {SOL_TCP, TCP_CORK, 0, true},           {SOL_TCP, TCP_KEEPIDLE, 7200, false},
    {SOL_TCP, TCP_KEEPINTVL, 75, false},    {SOL_TCP, TCP_KEEPCNT, 9, false},
    {SOL_TCP, TCP_SYNCNT, 6, false},        {SOL_TCP, TCP_LINGER2, 60, false},
    {SOL_TCP, TCP_DEFER_ACCEPT, 0, false},  {SOL_TCP, TCP_QUICKACK, 1, true},
    {SOL_TCP, TCP_USER_TIMEOUT, 0, false},  {SOL_TCP, TCP_FASTOPEN, 0, false},
    {SOL_TCP, TCP_NOTSENT_LOWAT, 0, false},
};
constexpr IntegerOption kIpOptions[] = {
    {SOL_IP, IP_TOS, 0, false},           {SOL_IP, IP_TTL, 64, false},
    {SOL_IP, IP_RECVERR, 0, true},        {SOL_IP, IP_MTU_DISCOVER, 1, false},
    {SOL_IP, IP_PKTINFO, 0, true},        {SOL_IP, IP_RECVTTL, 0, true},
    {SOL_IP, IP_RECVTOS, 0, true},        {SOL_IP, IP_FREEBIND, 0, true},
    {SOL_IP, IP_TRANSPARENT, 0, true},    {SOL_IP, IP_MULTICAST_TTL, 1, false},
    {SOL_IP, IP_MULTICAST_LOOP, 1, true}, {SOL_IP, IP_BIND_ADDRESS_NO_PORT, 0, true},
};
constexpr IntegerOption kIpv6Options[] = {
    {SOL_IPV6, IPV6_V6ONLY, 0, true},          {SOL_IPV6, IPV6_UNICAST_HOPS, 64, false},
    {SOL_IPV6, IPV6_MULTICAST_HOPS, 1, false}, {SOL_IPV6, IPV6_MULTICAST_LOOP, 1, true},
    {SOL_IPV6, IPV6_RECVPKTINFO, 0, true},     {SOL_IPV6, IPV6_RECVHOPLIMIT, 0, true},
    {SOL_IPV6, IPV6_RECVTCLASS, 0, true},      {SOL_IPV6, IPV6_TCLASS, 0, false},
    {SOL_IPV6, IPV6_RECVERR, 0, true},         {SOL_IPV6, IPV6_DONTFRAG, 0, true},
};

std::span<const IntegerOption> options_of(int family, int type, int level) {
    if (level == SOL_SOCKET) return kSocketOptions;
    if (family == AF_UNIX) return {};
    if (level == SOL_TCP && type == SOCK_STREAM) return kTcpOptions;
    // Sockets of IPv6 take IPv4's options too, as those of Linux do.
    if (level == SOL_IP) return kIpOptions;
    if (level == SOL_IPV6 && family == AF_INET6) return kIpv6Options;
    return {};
}

}  // namespace

const IntegerOption* find_integer_option(int family, int type, int level, int name) {
    for (const IntegerOption& option : options_of(family, type, level))
        if (option.name == name) return &option;
    return nullptr;
}

int SocketOptions::get(const IntegerOption& option) const {
    for (const Value& value : values_)
        if (value.level == option.level && value.name == option.name) return value.value;
    return option.initial;
}

ErrnoOr<void> SocketOptions::set(const IntegerOption& option, int wanted) {
    const int value = option.boolean ? (wanted != 0 ? 1 : 0) : wanted;
    for (Value& one : values_) {
        if (one.level != option.level || one.name != option.name) continue;
        one.value = value;
        return {};
    }
    return values_.push_back({option.level, option.name, value});
}

ErrnoOr<void> SocketOptions::copy_from(const SocketOptions& other) {
    for (const Value& value : other.values_) MF_TRY(values_.push_back(value));
    send_buffer = other.send_buffer;
    receive_buffer = other.receive_buffer;
    linger = other.linger;
    return {};
}

}  // namespace mayfly::guest
