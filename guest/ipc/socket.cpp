#include "guest/ipc/socket.h"

#include "guest/ipc/object_name.h"
#include "guest/signal/deliver.h"
#include "guest/thread/process.h"

namespace mayfly::guest {

namespace {

// What Linux's sockets begin with: net.core.[rw]mem_default, net.ipv4.tcp_[rw]mem.
constexpr int kDefaultBuffer = 212'992;
constexpr int kTcpSendBuffer = 16'384;
constexpr int kTcpReceiveBuffer = 131'072;

SocketOptions initial_options(const SocketDomain& domain, int type) {
    if (domain.is_inet() && type == SOCK_STREAM) return {kTcpSendBuffer, kTcpReceiveBuffer};
    return {kDefaultBuffer, kDefaultBuffer};
}

}  // namespace

Socket::Socket(const SocketDomain& domain, int type, int flags)
    : File(O_RDWR | flags), domain_(domain), type_(type), options_(initial_options(domain, type)) {}

Socket::~Socket() {
    if (bound()) domain_.release(*this);
    room_changed();
}

ErrnoOr<Ref<Room>> Socket::room() {
    if (!room_) room_ = MF_TRY(make_ref<Room>());
    return room_;
}

ErrnoOr<void> Socket::bind(Thread& self, const SocketAddress& address) {
    if (bound()) return fail(EINVAL);
    return domain_.bind(self, *this, address);
}

ErrnoOr<void> Socket::listen(int) { return fail(EOPNOTSUPP); }

ErrnoOr<Ref<Socket>> Socket::accept(int) { return fail(EOPNOTSUPP); }

SocketAddress Socket::local_address() const { return domain_.local_name(*this, {}); }

ErrnoOr<usize> Socket::read(IoBuffer& to) {
    IncomingMessage message{.data = to};
    return receive(message);
}

ErrnoOr<usize> Socket::write(IoBuffer& from) {
    OutgoingMessage message{.data = from};
    message.ancillary.credentials = own_credentials(current());
    return send(current(), message);
}

ErrnoOr<String> Socket::name() const { return object_name("socket", this); }

Patience Socket::patience(bool dont_wait, u64 timeout_ns) {
    if (dont_wait) return {true, {}};
    return {false, timeout_ns == kForever ? Deadline::never() : deadline_after(timeout_ns)};
}

Patience Socket::receive_patience(int flags) const {
    return patience(nonblocking() || (flags & MSG_DONTWAIT) != 0, options_.receive_timeout_ns);
}

Patience Socket::send_patience(int flags) const {
    return patience(nonblocking() || (flags & MSG_DONTWAIT) != 0, options_.send_timeout_ns);
}

ErrnoOr<void> Socket::wait(WaitQueue& queue, const Patience& patience) {
    if (patience.none) return fail(EAGAIN);
    const auto waited = queue.wait(patience.deadline);
    if (waited) return {};
    if (waited.error().value == ETIMEDOUT) return fail(EAGAIN);
    // A call with a timeout is not made again: it would wait anew (signal(7)).
    return patience.deadline.is_never() ? waited : fail(EINTR);
}

ErrnoOr<void> Socket::check_error() {
    if (const int number = take_error(); number != 0) return fail(number);
    return {};
}

PeerCredentials own_credentials(const Thread& self) {
    const Process& process = self.process();
    return {process.pid(), process.credentials.user.effective, process.credentials.group.effective};
}

Unexpected<Errno> Socket::broken_pipe(int flags) {
    if (!(flags & MSG_NOSIGNAL)) raise_signal(current(), SIGPIPE);
    return fail(EPIPE);
}

}  // namespace mayfly::guest
