// getsockopt(2) and setsockopt(2).
#include "guest/ipc/socket_calls.h"
#include "guest/ipc/syscalls.h"

namespace mayfly::guest {

namespace {

// net.core.[rw]mem_max, and the least that Linux lets a buffer be.
constexpr int kMaxBuffer = 212'992;
constexpr int kMinSendBuffer = 4'608;
constexpr int kMinReceiveBuffer = 2'304;

ErrnoOr<void> check_level(const Socket& socket, int level) {
    if (socket.domain().is_inet() || level == SOL_SOCKET) return {};
    return fail(EOPNOTSUPP);
}

template <class T>
ErrnoOr<T> read_value(UserAddr user, int bytes) {
    if (bytes < static_cast<int>(sizeof(T))) return fail(EINVAL);
    return UserPtr<T>(user).get();
}

// Cut to the caller's room, which then tells how much was written.
ErrnoOr<void> write_bytes(UserAddr user, UserPtr<int> bytes, const void* value, usize size) {
    const int room = MF_TRY(bytes.get());
    if (room < 0) return fail(EINVAL);
    const usize written = std::min(size, static_cast<usize>(room));
    MF_TRY(copy_to_user(user, value, written));
    return bytes.put(static_cast<int>(written));
}

template <class T>
ErrnoOr<void> write_value(UserAddr user, UserPtr<int> bytes, const T& value) {
    return write_bytes(user, bytes, &value, sizeof(value));
}

ErrnoOr<u64> timeout_of(const Timeval& time) {
    if (time.tv_usec < 0 || time.tv_usec >= 1'000'000) return fail(EDOM);
    if (time.tv_sec < 0) return 1;  // over before it begins
    const u64 ns = MF_TRY(to_ns(time));
    return ns == 0 ? kForever : ns;
}

Timeval shown_timeout(u64 ns) { return ns == kForever ? Timeval{} : to_timeval(ns); }

// Linux keeps twice what is asked for, for its own bookkeeping.
int buffer_size(int wanted, int least) { return std::max(std::min(std::max(wanted, 0), kMaxBuffer) * 2, least); }

// True when the option was one of those that are more than an int to be kept.
ErrnoOr<bool> set_special(Socket& socket, int name, UserAddr value, int bytes) {
    SocketOptions& options = socket.options();
    switch (name) {
    case SO_SNDBUF:
    case SO_SNDBUFFORCE:
        options.send_buffer = buffer_size(MF_TRY(read_value<int>(value, bytes)), kMinSendBuffer);
        return true;
    case SO_RCVBUF:
    case SO_RCVBUFFORCE:
        options.receive_buffer = buffer_size(MF_TRY(read_value<int>(value, bytes)), kMinReceiveBuffer);
        return true;
    case SO_SNDTIMEO_OLD:
    case SO_SNDTIMEO_NEW: {
        const auto time = MF_TRY(read_value<Timeval>(value, bytes));
        options.send_timeout_ns = MF_TRY(timeout_of(time));
        return true;
    }
    case SO_RCVTIMEO_OLD:
    case SO_RCVTIMEO_NEW: {
        const auto time = MF_TRY(read_value<Timeval>(value, bytes));
        options.receive_timeout_ns = MF_TRY(timeout_of(time));
        return true;
    }
    case SO_LINGER: options.linger = MF_TRY(read_value<Linger>(value, bytes)); return true;
    default: return false;
    }
}

ErrnoOr<void> set_option(Socket& socket, int level, int name, UserAddr value, int bytes) {
    MF_TRY(check_level(socket, level));
    if (level == SOL_SOCKET && MF_TRY(set_special(socket, name, value, bytes))) return {};
    const IntegerOption* option = find_integer_option(socket.domain().family(), socket.type(), level, name);
    if (option == nullptr) return fail(ENOPROTOOPT);
    return socket.options().set(*option, MF_TRY(read_value<int>(value, bytes)));
}

// What is not kept but known; false when it is neither.
ErrnoOr<bool> get_special(Socket& socket, int name, UserAddr value, UserPtr<int> bytes) {
    const SocketOptions& options = socket.options();
    const auto number = [&](int shown) -> ErrnoOr<bool> {
        MF_TRY(write_value(value, bytes, shown));
        return true;
    };
    const auto other = [&](const auto& shown) -> ErrnoOr<bool> {
        MF_TRY(write_value(value, bytes, shown));
        return true;
    };
    switch (name) {
    case SO_TYPE: return number(socket.type());
    case SO_DOMAIN: return number(socket.domain().family());
    case SO_PROTOCOL:
        if (!socket.domain().is_inet()) return number(0);
        return number(socket.is_stream() ? SOL_TCP : SOL_UDP);
    case SO_ERROR: return number(socket.take_error());
    case SO_ACCEPTCONN: return number(socket.listening() ? 1 : 0);
    case SO_SNDBUF: return number(options.send_buffer);
    case SO_RCVBUF: return number(options.receive_buffer);
    case SO_SNDLOWAT: return number(1);
    case SO_SNDTIMEO_OLD:
    case SO_SNDTIMEO_NEW: return other(shown_timeout(options.send_timeout_ns));
    case SO_RCVTIMEO_OLD:
    case SO_RCVTIMEO_NEW: return other(shown_timeout(options.receive_timeout_ns));
    case SO_LINGER: return other(options.linger);
    case SO_PEERCRED: return other(socket.peer_credentials());
    default: return false;
    }
}

ErrnoOr<void> get_option(Socket& socket, int level, int name, UserAddr value, UserPtr<int> bytes) {
    MF_TRY(check_level(socket, level));
    if (level == SOL_SOCKET && MF_TRY(get_special(socket, name, value, bytes))) return {};
    const IntegerOption* option = find_integer_option(socket.domain().family(), socket.type(), level, name);
    if (option == nullptr) return fail(ENOPROTOOPT);
    return write_value(value, bytes, socket.options().get(*option));
}

}  // namespace

SysResult sys_setsockopt(Thread& self, int fd, int level, int name, UserAddr value, int bytes) {
    const auto socket = MF_TRY(socket_of(self, fd));
    if (bytes < 0) return fail(EINVAL);
    MF_TRY(set_option(*socket, level, name, value, bytes));
    return 0;
}

SysResult sys_getsockopt(Thread& self, int fd, int level, int name, UserAddr value, UserPtr<int> bytes) {
    const auto socket = MF_TRY(socket_of(self, fd));
    MF_TRY(get_option(*socket, level, name, value, bytes));
    return 0;
}

}  // namespace mayfly::guest
