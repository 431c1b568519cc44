// How bytes move over a connection.
#include "guest/ipc/stream_socket.h"

namespace mayfly::guest {

namespace {

// AF_UNIX's bound on one packet: the send buffer less some bookkeeping.
constexpr usize kPacketOverhead = 32;

}  // namespace

// TCP's bytes wait in two buffers, ours and the peer's.
usize StreamSocket::send_limit() const {
    const int ours = options().send_buffer;
    return static_cast<usize>(is_inet() && peer_ != nullptr ? ours + peer_->options().receive_buffer : ours);
}

// poll(2) tells of room when there is some to speak of: three quarters for AF_UNIX, a third for TCP.
bool StreamSocket::has_room() const {
    return is_inet() ? queued() * 3 <= send_limit() * 2 : queued() * 4 <= send_limit();
}

ErrnoOr<void> StreamSocket::check_send(const OutgoingMessage& message) {
    if (message.to != nullptr && !is_inet()) return fail(state_ == State::connected ? EISCONN : EOPNOTSUPP);
    if (state_ != State::connected) {
        if (!is_inet()) return fail(ENOTCONN);
        MF_TRY(check_error());
        return broken_pipe(message.flags);
    }
    return {};
}

ErrnoOr<usize> StreamSocket::send(Thread&, OutgoingMessage& message) {
    MF_TRY(check_send(message));
    if (message.flags & MSG_OOB) return send_urgent(message);
    return keeps_boundaries() ? send_packet(message) : send_stream(message);
}

// Puts up to max bytes into the peer's queue, behind what is there where that makes no difference.
ErrnoOr<usize> StreamSocket::deliver(OutgoingMessage& message, usize max) {
    PacketQueue& queue = peer_->incoming_;
    Packet* last = queue.last();
    const bool mergeable =
        last != nullptr && !keeps_boundaries() && last->ancillary.files.empty() && message.ancillary.files.empty();
    if (mergeable) {
        const usize moved = MF_TRY(last->data.append(message.data, max));
        queue.moved(static_cast<i64>(moved));
        peer_->changed();
        return moved;
    }

    auto packet = MF_TRY(make_owned<Packet>());
    const usize moved = MF_TRY(packet->data.append(message.data, max));
    if (keeps_boundaries() && moved < max) return fail(EFAULT);
    packet->ancillary = std::move(message.ancillary);
    message.ancillary.files.clear();
    // AF_UNIX tells the sender's name, if it has one; TCP does not.
    if (!is_inet()) packet->from = connected_name_.size() > sizeof(u16) ? connected_name_ : bound_name();
    queue.push(std::move(packet));
    peer_->changed();
    return moved;
}

ErrnoOr<usize> StreamSocket::send_stream(OutgoingMessage& message) {
    const Patience patience = send_patience(message.flags);
    usize total = 0;
    const auto stop = [&](Unexpected<Errno> error) -> ErrnoOr<usize> {
        if (total > 0) return total;
        return error;
    };
    if (send_shut_ && !has_error()) return broken_pipe(message.flags);
    while (message.data.remaining() > 0) {
        if (total == 0) MF_TRY(check_error());
        if (send_shut_) return total > 0 ? ErrnoOr<usize>(total) : broken_pipe(message.flags);
        if (peer_ == nullptr) {
            // TCP: nobody is there any more. What is sent gets lost, and the answer to it is a reset.
            abort(EPIPE);
            return total + message.data.remaining();
        }
        if (queued() >= send_limit()) {
            if (const auto waited = wait(patience); !waited) return stop(Unexpected(waited.error()));
            continue;
        }
        const auto moved = deliver(message, send_limit() - queued());
        if (!moved) return stop(Unexpected(moved.error()));
        total += *moved;
        if (*moved == 0) break;
    }
    return total;
}

ErrnoOr<usize> StreamSocket::send_packet(OutgoingMessage& message) {
    const Patience patience = send_patience(message.flags);
    const usize bytes = message.data.remaining();
    if (bytes + kPacketOverhead > send_limit()) return fail(EMSGSIZE);
    while (true) {
        MF_TRY(check_error());
        if (send_shut_ || peer_ == nullptr) return broken_pipe(message.flags);
        if (queued() + bytes <= send_limit()) return deliver(message, bytes);
        MF_TRY(wait(patience));
    }
}

// TCP's urgent byte is the message's last one.
ErrnoOr<usize> StreamSocket::send_urgent(OutgoingMessage& message) {
    if (!is_inet()) return fail(EOPNOTSUPP);
    const usize bytes = message.data.remaining();
    if (peer_ == nullptr || send_shut_ || bytes == 0 || peer_->options().has(SO_OOBINLINE)) return send_stream(message);
    if (bytes > 1) MF_TRY(deliver(message, bytes - 1));
    std::byte last{};
    MF_TRY(message.data.take(&last, 1));
    peer_->urgent_ = last;
    peer_->changed();
    return bytes;
}

ErrnoOr<void> StreamSocket::check_receive() {
    if (state_ == State::connected || aborted_ || has_error()) return {};
    if (receive_shut_ && !is_inet()) return {};
    return fail(is_inet() || keeps_boundaries() ? ENOTCONN : EINVAL);
}

ErrnoOr<usize> StreamSocket::receive(IncomingMessage& message) {
    MF_TRY(check_receive());
    if (message.flags & MSG_OOB) return receive_urgent(message);
    return keeps_boundaries() ? receive_packet(message) : receive_stream(message);
}

// False at the end of the stream.
ErrnoOr<bool> StreamSocket::wait_for_data(const Patience& patience) {
    while (incoming_.empty()) {
        MF_TRY(check_error());
        if (receive_shut_) return false;
        MF_TRY(wait(patience));
    }
    return true;
}

ErrnoOr<usize> StreamSocket::take_from_first(IncomingMessage& message, bool& had_files) {
    Packet& packet = incoming_.first();
    const bool peeking = (message.flags & MSG_PEEK) != 0;
    const usize moved = MF_TRY(packet.data.peek(message.data));
    had_files = !packet.ancillary.files.empty();
    message.from = packet.from;
    if (peeking) {
        message.ancillary = MF_TRY(packet.ancillary.copy());
        return moved;
    }
    // The files come with the first byte.
    if (had_files)
        message.ancillary = std::move(packet.ancillary);
    else
        message.ancillary.credentials = packet.ancillary.credentials;
    packet.ancillary.files.clear();
    packet.data.drop(moved);
    incoming_.moved(-static_cast<i64>(moved));
    if (packet.data.empty()) incoming_.drop_first();
    if (peer_ != nullptr) peer_->changed();
    return moved;
}

ErrnoOr<usize> StreamSocket::receive_stream(IncomingMessage& message) {
    const Patience patience = receive_patience(message.flags);
    const bool all = (message.flags & MSG_WAITALL) != 0;
    usize total = 0;
    while (message.data.remaining() > 0) {
        if (incoming_.empty() && total > 0 && !all) break;
        const auto more = wait_for_data(patience);
        if (!more && total == 0) return Unexpected(more.error());
        if (!more || !*more) break;
        bool had_files = false;
        const auto moved = take_from_first(message, had_files);
        if (!moved && total == 0) return moved;
        if (!moved || *moved == 0) break;
        total += *moved;
        // Bytes of different messages with files are not given together: their files could not be told
        // apart. And a peek can't see behind the first packet.
        if (had_files || (message.flags & MSG_PEEK)) break;
    }
    return total;
}

ErrnoOr<usize> StreamSocket::receive_packet(IncomingMessage& message) {
    if (!MF_TRY(wait_for_data(receive_patience(message.flags)))) return 0;
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
        if (peer_ != nullptr) peer_->changed();
    }
    return (message.flags & MSG_TRUNC) ? bytes : moved;
}

ErrnoOr<usize> StreamSocket::receive_urgent(IncomingMessage& message) {
    if (!is_inet()) return fail(EOPNOTSUPP);
    if (!urgent_) return fail(EINVAL);
    const std::byte value = *urgent_;
    if (!(message.flags & MSG_PEEK)) urgent_.reset();
    message.found_flags |= MSG_OOB;
    return message.data.give(&value, 1);
}

ErrnoOr<usize> StreamSocket::bytes_ready() {
    if (state_ == State::listening) return fail(EINVAL);
    return incoming_.bytes();
}

u32 StreamSocket::poll() {
    if (state_ == State::listening) return pending_.empty() ? 0 : POLLIN | POLLRDNORM;

    u32 events = 0;
    const bool closed = state_ == State::idle || aborted_;
    // A half that TCP's peer closed hangs nothing up until ours is closed too.
    if (closed || (receive_shut_ && send_shut_)) events |= POLLHUP;
    if (has_error()) events |= POLLERR;
    if (receive_shut_) events |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (!incoming_.empty()) events |= POLLIN | POLLRDNORM;
    if (urgent_) events |= POLLPRI;
    if ((is_inet() && send_shut_) || has_room()) events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return events;
}

}  // namespace mayfly::guest
