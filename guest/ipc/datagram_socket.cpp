#include "guest/ipc/datagram_socket.h"

namespace mayfly::guest {

namespace {

constexpr usize kPacketOverhead = 32;     // of AF_UNIX's send buffer, a message
constexpr usize kMaxUdpPayload = 65'507;  // 65,535 less the headers of IPv4 and UDP
constexpr usize kMaxUnixQueue = 10;       // net.unix.max_dgram_qlen; one more is let in, as on Linux

}  // namespace

DatagramSocket::~DatagramSocket() {
    set_target(nullptr);
    while (DatagramSocket* other = connected_here_.pop_front()) other->target_left();
}

void DatagramSocket::join(DatagramSocket& a, DatagramSocket& b) {
    a.set_target(&b);
    b.set_target(&a);
}

void DatagramSocket::set_target(DatagramSocket* target) {
    target_node_.unlink();
    target_ = target;
    connected_ = target != nullptr;
    if (target != nullptr) target->connected_here_.push_back(*this);
}

// Stays connected, to nobody: the next send says ECONNREFUSED.
void DatagramSocket::target_left() {
    target_ = nullptr;
    changed();
}

ErrnoOr<Ref<DatagramSocket>> DatagramSocket::find_target(Thread& self, const SocketAddress& address) {
    const auto found = MF_TRY(domain().find(self, *this, address));
    if (found->type() != SOCK_DGRAM) return fail(EPROTOTYPE);
    return Ref<DatagramSocket>(static_cast<DatagramSocket*>(found.get()));
}

ErrnoOr<void> DatagramSocket::connect(Thread& self, const SocketAddress& address) {
    if (address.family() == AF_UNSPEC) {
        set_target(nullptr);
        target_name_ = {};
        return {};
    }
    const auto found = find_target(self, address);
    // Nobody has to be there for UDP.
    if (!found && (!is_inet() || found.error().value != ECONNREFUSED)) return Unexpected(found.error());
    if (is_inet()) {
        MF_TRY(domain().bind_to_any(*this));
        target_name_ = domain().translate(address);
        connected_ = true;
        return {};
    }
    DatagramSocket& target = **found;
    if (target.target_ != nullptr && target.target_ != this) return fail(EPERM);
    set_target(&target);
    target_name_ = target.bound_name();
    return {};
}

ErrnoOr<void> DatagramSocket::shutdown(int how) {
    if (how < SHUT_RD || how > SHUT_RDWR) return fail(EINVAL);
    receive_shut_ = receive_shut_ || how != SHUT_WR;
    send_shut_ = send_shut_ || how != SHUT_RD;
    changed();
    room_changed();
    // UDP complains and shuts down all the same, which wakes who waits in recv().
    if (is_inet() && !connected_) return fail(ENOTCONN);
    return {};
}

SocketAddress DatagramSocket::local_address() const { return domain().local_name(*this, target_name_); }

ErrnoOr<SocketAddress> DatagramSocket::peer_address() const {
    if (!connected_) return fail(ENOTCONN);
    return target_name_.empty() ? SocketAddress::of_family(domain().family()) : target_name_;
}

PeerCredentials DatagramSocket::peer_credentials() const {
    return is_inet() || !connected_ ? Socket::peer_credentials() : own_credentials(current());
}

ErrnoOr<Ref<DatagramSocket>> DatagramSocket::receiver_of(Thread& self, const OutgoingMessage& message) {
    if (message.to == nullptr && !connected_) return fail(is_inet() ? EDESTADDRREQ : ENOTCONN);
    if (!is_inet() && message.to == nullptr) {
        if (target_ == nullptr) {
            connected_ = false;
            return fail(ECONNREFUSED);
        }
        return Ref<DatagramSocket>(target_);
    }
    auto found = find_target(self, message.to != nullptr ? *message.to : target_name_);
    if (!found && is_inet() && found.error().value == ECONNREFUSED) return Ref<DatagramSocket>{};
    return found;
}

ErrnoOr<usize> DatagramSocket::send(Thread& self, OutgoingMessage& message) {
    if (message.flags & MSG_OOB) return fail(EOPNOTSUPP);
    const usize bytes = message.data.remaining();
    if (is_inet() ? bytes > kMaxUdpPayload : bytes + kPacketOverhead > static_cast<usize>(options().send_buffer))
        return fail(EMSGSIZE);
    MF_TRY(check_error());
    if (send_shut_) return broken_pipe(message.flags);
    return is_inet() ? send_udp(self, message) : send_unix(self, message);
}

ErrnoOr<Owned<Packet>> DatagramSocket::make_packet(OutgoingMessage& message, const DatagramSocket& receiver) {
    auto packet = MF_TRY(make_owned<Packet>());
    const usize bytes = message.data.remaining();
    if (bytes > 0 && MF_TRY(packet->data.append(message.data, bytes)) != bytes) return fail(EFAULT);
    packet->ancillary = std::move(message.ancillary);
    const SocketAddress to = message.to != nullptr ? *message.to : target_name_;
    if (is_inet())
        packet->from = receiver.domain().translate(domain().local_name(*this, to));
    else
        packet->from = bound_name();
    return packet;
}

// Must `sender` wait before it sends `bytes` more? The two of a pair are bound by bytes alone.
bool DatagramSocket::full_for(const DatagramSocket& sender, usize bytes) const {
    if (target_ != &sender && this != &sender) return incoming_.count() > kMaxUnixQueue;
    return incoming_.bytes() + bytes > static_cast<usize>(sender.options().send_buffer);
}

ErrnoOr<usize> DatagramSocket::send_unix(Thread& self, OutgoingMessage& message) {
    const usize bytes = message.data.remaining();
    const Patience patience = send_patience(message.flags);
    while (true) {
        Ref<DatagramSocket> receiver = MF_TRY(receiver_of(self, message));
        if (receiver->target_ != nullptr && receiver->target_ != this) return fail(EPERM);
        if (receiver->receive_shut_) return fail(EPIPE);
        if (!receiver->full_for(*this, bytes)) {
            receiver->incoming_.push(MF_TRY(make_packet(message, *receiver)));
            receiver->changed();
            return bytes;
        }
        const auto room = MF_TRY(receiver->room());
        receiver = nullptr;
        MF_TRY(wait(room->queue, patience));
    }
}

ErrnoOr<usize> DatagramSocket::send_udp(Thread& self, OutgoingMessage& message) {
    const usize bytes = message.data.remaining();
    const Ref<DatagramSocket> receiver = MF_TRY(receiver_of(self, message));
    MF_TRY(domain().bind_to_any(*this));
    if (!receiver) {
        // What ICMP would tell: the next call on a connected socket hears of it.
        if (message.to == nullptr || connected_) set_error(ECONNREFUSED);
        changed();
        return bytes;
    }
    auto packet = MF_TRY(make_packet(message, *receiver));
    const usize capacity = static_cast<usize>(receiver->options().receive_buffer);
    if (!receiver->accepts_from(packet->from) || receiver->incoming_.bytes() + bytes > capacity) return bytes;
    receiver->incoming_.push(std::move(packet));
    receiver->changed();
    return bytes;
}

bool DatagramSocket::accepts_from(const SocketAddress& sender) const {
    return !receive_shut_ && (!connected_ || target_name_ == sender);
}

ErrnoOr<usize> DatagramSocket::receive(IncomingMessage& message) {
    if (message.flags & (MSG_OOB | MSG_ERRQUEUE)) return fail(message.flags & MSG_OOB ? EOPNOTSUPP : EAGAIN);
    const Patience patience = receive_patience(message.flags);
    while (incoming_.empty()) {
        MF_TRY(check_error());
        if (receive_shut_) return 0;
        MF_TRY(wait(patience));
    }
    Packet& packet = incoming_.first();
    const usize bytes = packet.data.bytes();
    const usize moved = MF_TRY(packet.data.peek(message.data));
    if (moved < bytes) message.found_flags |= MSG_TRUNC;
    message.from = packet.from;
    if (message.flags & MSG_PEEK) {
        message.ancillary = MF_TRY(packet.ancillary.copy());
    } else {
        message.ancillary = std::move(packet.ancillary);
        incoming_.drop_first();
        taken();
    }
    return (message.flags & MSG_TRUNC) ? bytes : moved;
}

// There is room again: for those who wait, and for the poll of those connected here.
void DatagramSocket::taken() {
    if (is_inet()) return;
    room_changed();
    for (auto* other = connected_here_.front(); other != nullptr; other = connected_here_.next(*other))
        other->changed();
}

ErrnoOr<usize> DatagramSocket::bytes_ready() { return incoming_.empty() ? 0 : incoming_.first().data.bytes(); }

u32 DatagramSocket::poll() {
    u32 events = 0;
    if (has_error()) events |= POLLERR;
    if (receive_shut_) events |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (receive_shut_ && send_shut_) events |= POLLHUP;
    if (!incoming_.empty()) events |= POLLIN | POLLRDNORM;
    const usize spare = static_cast<usize>(options().send_buffer) * 3 / 4;
    if (target_ == nullptr || !target_->full_for(*this, spare)) events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return events;
}

}  // namespace mayfly::guest
