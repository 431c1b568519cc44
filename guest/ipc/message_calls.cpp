// send(2), recv(2) and their kin.
#include "guest/ipc/control_message.h"
#include "guest/ipc/socket_calls.h"
#include "guest/ipc/syscalls.h"

namespace mayfly::guest {

namespace {

ErrnoOr<usize> send_message(Thread& self, Socket& socket, const UserMessageHeader& header, int flags) {
    if (header.piece_count > IoBuffer::kMaxPieces) return fail(EMSGSIZE);
    auto data = MF_TRY(IoBuffer::user_iovec(UserAddr{header.pieces}, header.piece_count));
    OutgoingMessage message{.data = data, .flags = flags};
    SocketAddress to;
    if (header.name != 0 && header.name_bytes != 0) {
        to = MF_TRY(SocketAddress::read(UserAddr{header.name}, header.name_bytes));
        message.to = &to;
    }
    message.ancillary.credentials = own_credentials(self);
    if (header.control != 0) MF_TRY(read_control(self, socket, header, message.ancillary));
    return socket.send(self, message);
}

// Fills in what the header has to tell.
ErrnoOr<usize> receive_message(Thread& self, Socket& socket, UserMessageHeader& header, int flags) {
    if (header.piece_count > IoBuffer::kMaxPieces) return fail(EMSGSIZE);
    auto data = MF_TRY(IoBuffer::user_iovec(UserAddr{header.pieces}, header.piece_count));
    IncomingMessage message{.data = data, .flags = flags};
    const usize bytes = MF_TRY(socket.receive(message));

    header.flags = static_cast<u32>(message.found_flags | (flags & MSG_CMSG_CLOEXEC));
    if (header.name != 0) {
        const auto name = message.from.text_from(0);
        const usize room = static_cast<usize>(std::max(header.name_bytes, 0));
        MF_TRY(copy_to_user(UserAddr{header.name}, name.data(), std::min(name.size(), room)));
        header.name_bytes = static_cast<i32>(name.size());
    }
    MF_TRY(write_control(self, socket, message.ancillary, flags, header));
    return bytes;
}

ErrnoOr<usize> receive_into(Thread& self, Socket& socket, UserPtr<UserMessageHeader> user, int flags) {
    auto header = MF_TRY(user.get());
    const usize bytes = MF_TRY(receive_message(self, socket, header, flags));
    MF_TRY(user.put(header));
    return bytes;
}

UserPtr<UserMessageHeader> header_of(UserPtr<UserMultipleHeader> message) {
    return UserPtr<UserMessageHeader>(message.address());
}

UserPtr<u32> bytes_of(UserPtr<UserMultipleHeader> message) {
    return UserPtr<u32>(message.address() + offsetof(UserMultipleHeader, bytes));
}

constexpr unsigned kMaxMessages = 1024;  // Linux's UIO_MAXIOV

}  // namespace

SysResult sys_sendto(Thread& self, int fd, UserAddr data, usize bytes, int flags, UserAddr address, int address_bytes) {
    const auto socket = MF_TRY(socket_of(self, fd));
    auto buffer = IoBuffer::user(data, bytes);
    OutgoingMessage message{.data = buffer, .flags = flags};
    SocketAddress to;
    if (raw(address) != 0) {
        to = MF_TRY(SocketAddress::read(address, address_bytes));
        message.to = &to;
    }
    message.ancillary.credentials = own_credentials(self);
    return static_cast<long>(MF_TRY(socket->send(self, message)));
}

SysResult sys_recvfrom(Thread& self, int fd, UserAddr data, usize bytes, int flags, UserAddr address,
                       UserPtr<int> address_bytes) {
    const auto socket = MF_TRY(socket_of(self, fd));
    auto buffer = IoBuffer::user(data, bytes);
    IncomingMessage message{.data = buffer, .flags = flags};
    const usize received = MF_TRY(socket->receive(message));
    if (raw(address) != 0) MF_TRY(message.from.write(address, address_bytes));
    return static_cast<long>(received);
}

SysResult sys_sendmsg(Thread& self, int fd, UserPtr<UserMessageHeader> user, int flags) {
    const auto socket = MF_TRY(socket_of(self, fd));
    const auto header = MF_TRY(user.get());
    return static_cast<long>(MF_TRY(send_message(self, *socket, header, flags)));
}

SysResult sys_recvmsg(Thread& self, int fd, UserPtr<UserMessageHeader> user, int flags) {
    const auto socket = MF_TRY(socket_of(self, fd));
    return static_cast<long>(MF_TRY(receive_into(self, *socket, user, flags)));
}

// An error counts only for the first message; later ones leave it to the next call.
SysResult sys_sendmmsg(Thread& self, int fd, UserPtr<UserMultipleHeader> messages, unsigned count, int flags) {
    const auto socket = MF_TRY(socket_of(self, fd));
    long sent = 0;
    for (unsigned i = 0; i < std::min(count, kMaxMessages); ++i, ++sent) {
        const auto send_one = [&]() -> ErrnoOr<void> {
            const auto header = MF_TRY(header_of(messages.at(i)).get());
            const usize bytes = MF_TRY(send_message(self, *socket, header, flags));
            return bytes_of(messages.at(i)).put(static_cast<u32>(bytes));
        };
        if (const auto done = send_one(); !done) return sent > 0 ? SysResult(sent) : Unexpected(done.error());
    }
    return sent;
}

SysResult sys_recvmmsg(Thread& self, int fd, UserPtr<UserMultipleHeader> messages, unsigned count, int flags,
                       UserPtr<Timespec> timeout) {
    const auto socket = MF_TRY(socket_of(self, fd));
    const auto deadline = MF_TRY(deadline_after(timeout));
    long received = 0;
    for (unsigned i = 0; i < std::min(count, kMaxMessages); ++i) {
        const auto receive_one = [&]() -> ErrnoOr<void> {
            const usize bytes = MF_TRY(receive_into(self, *socket, header_of(messages.at(i)), flags & ~MSG_WAITFORONE));
            return bytes_of(messages.at(i)).put(static_cast<u32>(bytes));
        };
        if (const auto done = receive_one(); !done)
            return received > 0 ? SysResult(received) : Unexpected(done.error());
        ++received;
        if (flags & MSG_WAITFORONE) flags |= MSG_DONTWAIT;
        // Looked at between messages only, as on Linux (recvmmsg(2), BUGS).
        if (monotonic_ns() >= deadline.monotonic_ns) break;
    }
    return received;
}

}  // namespace mayfly::guest
