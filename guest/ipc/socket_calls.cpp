// socket(2) and its kin, but for data and options.
#include "guest/ipc/socket_calls.h"

#include "guest/ipc/datagram_socket.h"
#include "guest/ipc/inet_domain.h"
#include "guest/ipc/stream_socket.h"
#include "guest/ipc/syscalls.h"
#include "guest/ipc/unix_domain.h"

namespace mayfly::guest {

namespace {

constexpr int kMaxType = 10;  // Linux's SOCK_MAX - 1
constexpr int kTcp = 6, kUdp = 17;

constinit const UnixDomain unix_domain;
constinit const InetDomain inet_domain{AF_INET};
constinit const InetDomain inet6_domain{AF_INET6};

// What socket() was asked for, checked.
struct Kind {
    const SocketDomain* domain;
    int type;
    int file_flags;
    bool close_on_exec;
};

ErrnoOr<int> unix_type(int type, int protocol) {
    if (protocol != 0 && protocol != AF_UNIX) return fail(EPROTONOSUPPORT);
    switch (type) {
    case SOCK_STREAM:
    case SOCK_DGRAM:
    case SOCK_SEQPACKET: return type;
    case SOCK_RAW:  // as on Linux
        return SOCK_DGRAM;
    default: return fail(ESOCKTNOSUPPORT);
    }
}

ErrnoOr<int> inet_type(int type, int protocol) {
    if (type != SOCK_STREAM && type != SOCK_DGRAM) return fail(type == SOCK_RAW ? EPROTONOSUPPORT : ESOCKTNOSUPPORT);
    if (protocol != 0 && protocol != (type == SOCK_STREAM ? kTcp : kUdp)) return fail(EPROTONOSUPPORT);
    return type;
}

ErrnoOr<Kind> parse_kind(int family, int type, int protocol) {
    if (type & ~(kSocketTypeMask | SOCK_CLOEXEC | SOCK_NONBLOCK)) return fail(EINVAL);
    const SocketDomain* domain = find_domain(family);
    const int plain = type & kSocketTypeMask;
    if (plain > kMaxType) return fail(EINVAL);
    if (domain == nullptr) return fail(EAFNOSUPPORT);
    const int known = MF_TRY(domain->is_inet() ? inet_type(plain, protocol) : unix_type(plain, protocol));
    return Kind{domain, known, type & SOCK_NONBLOCK, (type & SOCK_CLOEXEC) != 0};
}

ErrnoOr<Ref<File>> make_socket(const Kind& kind) {
    if (kind.type == SOCK_DGRAM) return Ref<File>(MF_TRY(make_ref<DatagramSocket>(*kind.domain, kind.file_flags)));
    return Ref<File>(MF_TRY(make_ref<StreamSocket>(*kind.domain, kind.type, kind.file_flags)));
}

void join(int type, File& a, File& b) {
    if (type == SOCK_DGRAM)
        DatagramSocket::join(static_cast<DatagramSocket&>(a), static_cast<DatagramSocket&>(b));
    else
        StreamSocket::join(static_cast<StreamSocket&>(a), static_cast<StreamSocket&>(b));
}

}  // namespace

const SocketDomain* find_domain(int family) {
    switch (family) {
    case AF_UNIX: return &unix_domain;
    case AF_INET: return &inet_domain;
    case AF_INET6: return &inet6_domain;
    default: return nullptr;
    }
}

ErrnoOr<Ref<Socket>> socket_of(Thread& self, int fd) {
    const auto file = MF_TRY(self.fds().get(fd));
    if (file->is_path()) return fail(EBADF);
    if (file->kind() != FileKind::socket) return fail(ENOTSOCK);
    return Ref<Socket>(static_cast<Socket*>(file.get()));
}

SysResult sys_socket(Thread& self, int family, int type, int protocol) {
    const Kind kind = MF_TRY(parse_kind(family, type, protocol));
    auto place = MF_TRY(self.fds().reserve());
    auto socket = MF_TRY(make_socket(kind));
    place.install(std::move(socket), kind.close_on_exec);
    return place.fd();
}

SysResult sys_socketpair(Thread& self, int family, int type, int protocol, UserPtr<int> out) {
    const Kind kind = MF_TRY(parse_kind(family, type, protocol));
    if (kind.domain->is_inet()) return fail(EOPNOTSUPP);
    auto first = MF_TRY(self.fds().reserve());
    auto second = MF_TRY(self.fds().reserve());
    auto a = MF_TRY(make_socket(kind));
    auto b = MF_TRY(make_socket(kind));
    join(kind.type, *a, *b);
    MF_TRY(out.put(first.fd()));
    MF_TRY(out.at(1).put(second.fd()));

    first.install(std::move(a), kind.close_on_exec);
    second.install(std::move(b), kind.close_on_exec);
    return 0;
}

SysResult sys_bind(Thread& self, int fd, UserAddr address, int bytes) {
    const auto socket = MF_TRY(socket_of(self, fd));
    const auto name = MF_TRY(SocketAddress::read(address, bytes));
    MF_TRY(socket->bind(self, name));
    return 0;
}

SysResult sys_listen(Thread& self, int fd, int backlog) {
    const auto socket = MF_TRY(socket_of(self, fd));
    MF_TRY(socket->listen(backlog));
    return 0;
}

SysResult sys_accept4(Thread& self, int fd, UserAddr address, UserPtr<int> bytes, int flags) {
    if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) return fail(EINVAL);
    const auto socket = MF_TRY(socket_of(self, fd));
    auto place = MF_TRY(self.fds().reserve());
    auto connection = MF_TRY(socket->accept(flags & SOCK_NONBLOCK));
    if (raw(address) != 0) {
        const auto peer = connection->peer_address();
        if (!peer) return fail(ECONNABORTED);
        MF_TRY(peer->write(address, bytes));
    }
    place.install(std::move(connection), (flags & SOCK_CLOEXEC) != 0);
    return place.fd();
}

SysResult sys_accept(Thread& self, int fd, UserAddr address, UserPtr<int> bytes) {
    return sys_accept4(self, fd, address, bytes, 0);
}

SysResult sys_connect(Thread& self, int fd, UserAddr address, int bytes) {
    const auto socket = MF_TRY(socket_of(self, fd));
    const auto name = MF_TRY(SocketAddress::read(address, bytes));
    MF_TRY(socket->connect(self, name));
    return 0;
}

SysResult sys_shutdown(Thread& self, int fd, int how) {
    const auto socket = MF_TRY(socket_of(self, fd));
    MF_TRY(socket->shutdown(how));
    return 0;
}

SysResult sys_getsockname(Thread& self, int fd, UserAddr address, UserPtr<int> bytes) {
    const auto socket = MF_TRY(socket_of(self, fd));
    MF_TRY(socket->local_address().write(address, bytes));
    return 0;
}

SysResult sys_getpeername(Thread& self, int fd, UserAddr address, UserPtr<int> bytes) {
    const auto socket = MF_TRY(socket_of(self, fd));
    const auto peer = MF_TRY(socket->peer_address());
    MF_TRY(peer.write(address, bytes));
    return 0;
}

}  // namespace mayfly::guest
