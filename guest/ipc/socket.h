// What all sockets have in common. StreamSocket and DatagramSocket are how bytes move, a SocketDomain
// (AF_UNIX, AF_INET, AF_INET6) is what their names mean.
#pragma once

#include "guest/fs/file.h"
#include "guest/ipc/packet.h"
#include "guest/ipc/socket_options.h"
#include "guest/thread/thread.h"

namespace mayfly::guest {

class Socket;

class SocketDomain {
public:
    virtual int family() const = 0;
    bool is_inet() const { return family() != AF_UNIX; }
    // Gives the socket a name (set_name): EADDRINUSE, EADDRNOTAVAIL, EINVAL ...
    virtual ErrnoOr<void> bind(Thread& self, Socket& socket, const SocketAddress& address) const = 0;
    // A name for a socket that is to listen, connect or send; nothing if it has one.
    virtual ErrnoOr<void> bind_to_any(Socket& socket) const = 0;
    // The socket goes, its name is free again.
    virtual void release(Socket& socket) const = 0;
    // The socket that has the name: ECONNREFUSED, ENOENT, ENETUNREACH ...
    virtual ErrnoOr<Ref<Socket>> find(Thread& self, const Socket& from, const SocketAddress& address) const = 0;
    // May the socket listen under its name? EADDRINUSE, or EINVAL where it has none.
    virtual ErrnoOr<void> check_listen(const Socket& socket) const = 0;
    // The name that getsockname tells; `remote` is whom the socket talks to, or empty: it says which
    // address a wildcard stands for.
    virtual SocketAddress local_name(const Socket& socket, const SocketAddress& remote) const = 0;
    // Another socket's name as those of this domain see it.
    virtual SocketAddress translate(const SocketAddress& address) const = 0;

protected:
    ~SocketDomain() = default;
};

struct OutgoingMessage {
    IoBuffer& data;
    int flags = 0;  // MSG_*
    const SocketAddress* to = nullptr;
    Ancillary ancillary{};
};

struct IncomingMessage {
    IoBuffer& data;
    int flags = 0;
    SocketAddress from{};
    Ancillary ancillary{};
    int found_flags = 0;  // MSG_TRUNC
};

// How long one call may wait.
struct Patience {
    bool none = false;
    Deadline deadline;
};

// Where senders wait until a socket has room for more. Not a part of the socket: who waits must not keep
// it open, and learns that it was closed by being woken.
class Room final : public RefCounted {
public:
    WaitQueue queue;
};

class Socket : public File {
public:
    Socket(const SocketDomain& domain, int type, int flags);
    ~Socket() override;

    const SocketDomain& domain() const { return domain_; }
    int type() const { return type_; }
    bool is_stream() const { return type_ != SOCK_DGRAM; }
    SocketOptions& options() { return options_; }
    const SocketOptions& options() const { return options_; }
    virtual bool listening() const { return false; }

    // EINVAL when it has a name already.
    ErrnoOr<void> bind(Thread& self, const SocketAddress& address);
    bool bound() const { return !name_.empty(); }
    const SocketAddress& bound_name() const { return name_; }
    // For domains: the socket is known under `name` from now on.
    void set_name(const SocketAddress& name) { name_ = name; }

    virtual ErrnoOr<void> listen(int backlog);
    virtual ErrnoOr<Ref<Socket>> accept(int flags);
    virtual ErrnoOr<void> connect(Thread& self, const SocketAddress& address) = 0;
    virtual ErrnoOr<void> shutdown(int how) = 0;
    virtual SocketAddress local_address() const;
    virtual ErrnoOr<SocketAddress> peer_address() const = 0;  // ENOTCONN
    virtual ErrnoOr<usize> send(Thread& self, OutgoingMessage& message) = 0;
    virtual ErrnoOr<usize> receive(IncomingMessage& message) = 0;
    // SO_ERROR: told once.
    int take_error() { return std::exchange(error_, 0); }
    virtual PeerCredentials peer_credentials() const { return {0, ~0u, ~0u}; }

    ErrnoOr<usize> read(IoBuffer& to) override;
    ErrnoOr<usize> write(IoBuffer& from) override;
    FileKind kind() const override { return FileKind::socket; }
    ErrnoOr<String> name() const override;

    // The domain's list of sockets with a name, and what else it keeps with one (a path's holder).
    ListNode named_node;
    Ref<RefCounted> name_holder;

protected:
    static Patience patience(bool dont_wait, u64 timeout_ns);
    Patience receive_patience(int flags) const;
    Patience send_patience(int flags) const;
    // Until something happened to this socket, or to `queue`: EAGAIN, EINTR, kRestart.
    ErrnoOr<void> wait(const Patience& patience) { return wait(ready(), patience); }
    static ErrnoOr<void> wait(WaitQueue& queue, const Patience& patience);
    // The place to wait for room in this socket.
    ErrnoOr<Ref<Room>> room();
    void room_changed() {
        if (room_) room_->queue.wake_all();
    }
    // The error that is pending, told and cleared.
    ErrnoOr<void> check_error();
    void set_error(int number) { error_ = number; }
    bool has_error() const { return error_ != 0; }
    // EPIPE, and SIGPIPE unless the flags forbid it.
    static Unexpected<Errno> broken_pipe(int flags);

private:
    const SocketDomain& domain_;
    int type_;
    int error_ = 0;
    SocketOptions options_;
    SocketAddress name_;
    Ref<Room> room_;  // made when somebody waits
};

// Who the calling process is, for SCM_CREDENTIALS and SO_PEERCRED.
PeerCredentials own_credentials(const Thread& self);

// What a domain made of sockaddr_un and sockaddr_in: null for families that are not there.
const SocketDomain* find_domain(int family);

}  // namespace mayfly::guest
