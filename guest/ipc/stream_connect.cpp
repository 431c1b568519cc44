// Connections: how they are made and how they end.
#include "guest/ipc/stream_socket.h"

namespace mayfly::guest {

StreamSocket::~StreamSocket() {
    stop_listening();
    leave_peer();
}

void StreamSocket::join(StreamSocket& a, StreamSocket& b) {
    a.peer_ = &b;
    b.peer_ = &a;
    a.state_ = b.state_ = State::connected;
}

ErrnoOr<void> StreamSocket::listen(int backlog) {
    if (state_ == State::connected) return fail(EINVAL);
    if (state_ == State::idle) {
        if (is_inet()) MF_TRY(domain().bind_to_any(*this));
        MF_TRY(domain().check_listen(*this));
        state_ = State::listening;
    }
    backlog_ = backlog < 0 || backlog > SOMAXCONN ? SOMAXCONN : static_cast<usize>(backlog);
    room_changed();
    return {};
}

ErrnoOr<Ref<Socket>> StreamSocket::accept(int flags) {
    const Patience patience = receive_patience(0);
    while (true) {
        if (state_ != State::listening) return fail(EINVAL);
        if (!pending_.empty()) break;
        MF_TRY(wait(patience));
    }
    Ref<StreamSocket> connection = pending_[0];
    pending_.erase(0);
    connection->unaccepted_ = false;
    connection->set_flags(O_RDWR | flags);
    room_changed();
    return connection;
}

// What a connect() that returned EINPROGRESS came to.
ErrnoOr<void> StreamSocket::finish_connect() {
    connect_outcome_due_ = false;
    if (state_ == State::connected && !aborted_) return {};
    const int number = take_error();
    aborted_ = receive_shut_ = send_shut_ = false;
    return fail(number != 0 ? number : ECONNABORTED);
}

ErrnoOr<void> StreamSocket::connect(Thread& self, const SocketAddress& address) {
    if (is_inet() && connect_outcome_due_) return finish_connect();
    if (state_ == State::connected) return fail(EISCONN);
    if (state_ == State::listening) return fail(is_inet() ? EISCONN : EINVAL);

    const Patience patience = send_patience(0);
    while (true) {
        auto found = find_listener(self, address);
        if (!found) return refused(found.error().value);
        Ref<StreamSocket> listener = *std::move(found);
        if (listener->admits(*this)) return connect_to(*listener, address);
        const auto room = MF_TRY(listener->room());
        listener = nullptr;
        MF_TRY(wait(room->queue, patience));
    }
}

// One connection more than the backlog says may wait, as on Linux. TCP's clients that don't wait are let
// in beyond that: what they would be told is that the handshake goes on.
bool StreamSocket::admits(const StreamSocket& client) const {
    const bool insists = is_inet() && client.nonblocking();
    return pending_.size() <= (insists ? usize{SOMAXCONN} : backlog_);
}

ErrnoOr<Ref<StreamSocket>> StreamSocket::find_listener(Thread& self, const SocketAddress& address) {
    const auto found = MF_TRY(domain().find(self, *this, address));
    if (found->type() != type()) return fail(EPROTOTYPE);
    if (!found->listening()) return fail(ECONNREFUSED);
    return Ref<StreamSocket>(static_cast<StreamSocket*>(found.get()));
}

// TCP tells a refusal later to those who don't wait; everything else fails at once.
ErrnoOr<void> StreamSocket::refused(int number) {
    if (!is_inet() || !nonblocking() || number != ECONNREFUSED) return fail(number);
    abort(number);
    connect_outcome_due_ = true;
    return fail(EINPROGRESS);
}

ErrnoOr<void> StreamSocket::connect_to(StreamSocket& listener, const SocketAddress& address) {
    if (is_inet()) MF_TRY(domain().bind_to_any(*this));
    auto other = MF_TRY(make_ref<StreamSocket>(listener.domain(), type(), 0));
    MF_TRY(other->options().copy_from(listener.options()));
    MF_TRY(listener.pending_.push_back(other));

    connected_name_ = domain().local_name(*this, address);
    peer_name_ = is_inet() ? domain().translate(address) : listener.bound_name();
    other->connected_name_ = listener.domain().translate(peer_name_);
    other->peer_name_ = listener.domain().translate(connected_name_);
    other->unaccepted_ = true;
    join(*this, *other);
    aborted_ = receive_shut_ = send_shut_ = false;
    listener.changed();
    changed();

    if (!is_inet() || !nonblocking()) return {};
    connect_outcome_due_ = true;
    return fail(EINPROGRESS);
}

void StreamSocket::stop_listening() {
    if (state_ != State::listening) return;
    state_ = State::idle;
    pending_.clear();
    room_changed();
    changed();
}

void StreamSocket::leave_peer() {
    StreamSocket* peer = std::exchange(peer_, nullptr);
    if (peer == nullptr) return;
    peer->peer_ = nullptr;
    const bool wants_reset = is_inet() && options().linger.on != 0 && options().linger.seconds == 0;
    peer->peer_left(!incoming_.empty() || unaccepted_ || wants_reset);
}

void StreamSocket::peer_left(bool with_unread_data) {
    if (with_unread_data) return abort(ECONNRESET);
    receive_shut_ = true;
    // TCP learns that nobody reads when it sends the next time.
    if (!is_inet()) send_shut_ = true;
    changed();
}

void StreamSocket::abort(int number) {
    set_error(number);
    receive_shut_ = send_shut_ = true;
    aborted_ = is_inet();
    changed();
}

ErrnoOr<void> StreamSocket::shutdown(int how) {
    if (how < SHUT_RD || how > SHUT_RDWR) return fail(EINVAL);
    const bool receiving = how != SHUT_WR;
    const bool sending = how != SHUT_RD;
    if (state_ == State::listening) {
        if (receiving) stop_listening();
        return {};
    }
    if (is_inet() && (state_ != State::connected || aborted_)) return fail(ENOTCONN);

    receive_shut_ = receive_shut_ || receiving;
    send_shut_ = send_shut_ || sending;
    if (peer_ != nullptr) {
        if (sending) peer_->receive_shut_ = true;
        if (receiving && !is_inet()) peer_->send_shut_ = true;
        peer_->changed();
    }
    changed();
    return {};
}

SocketAddress StreamSocket::local_address() const {
    return connected_name_.empty() ? Socket::local_address() : connected_name_;
}

ErrnoOr<SocketAddress> StreamSocket::peer_address() const {
    if (state_ != State::connected || aborted_) return fail(ENOTCONN);
    return peer_name_.empty() ? SocketAddress::of_family(domain().family()) : peer_name_;
}

PeerCredentials StreamSocket::peer_credentials() const {
    if (is_inet() || state_ == State::idle) return Socket::peer_credentials();
    // There is one process: whoever made the connection is the one that asks.
    return own_credentials(current());
}

}  // namespace mayfly::guest
