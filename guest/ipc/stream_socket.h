// SOCK_STREAM and SOCK_SEQPACKET: connections.
#pragma once

#include <optional>

#include "guest/ipc/socket.h"

namespace mayfly::guest {

class StreamSocket final : public Socket {
public:
    StreamSocket(const SocketDomain& domain, int type, int flags) : Socket(domain, type, flags) {}
    ~StreamSocket() override;

    // Two connected ones (socketpair).
    static void join(StreamSocket& a, StreamSocket& b);

    ErrnoOr<void> listen(int backlog) override;
    bool listening() const override { return state_ == State::listening; }
    ErrnoOr<Ref<Socket>> accept(int flags) override;
    ErrnoOr<void> connect(Thread& self, const SocketAddress& address) override;
    ErrnoOr<void> shutdown(int how) override;
    SocketAddress local_address() const override;
    ErrnoOr<SocketAddress> peer_address() const override;
    ErrnoOr<usize> send(Thread& self, OutgoingMessage& message) override;
    ErrnoOr<usize> receive(IncomingMessage& message) override;
    ErrnoOr<usize> bytes_ready() override;
    u32 poll() override;
    PeerCredentials peer_credentials() const override;

private:
    enum class State { idle, listening, connected };

    bool is_inet() const { return domain().is_inet(); }
    bool keeps_boundaries() const { return type() == SOCK_SEQPACKET; }
    void changed() { ready().wake_all(); }

    // Connecting (stream_connect.cpp).
    ErrnoOr<void> finish_connect();
    bool admits(const StreamSocket& client) const;
    ErrnoOr<Ref<StreamSocket>> find_listener(Thread& self, const SocketAddress& address);
    ErrnoOr<void> connect_to(StreamSocket& listener, const SocketAddress& address);
    ErrnoOr<void> refused(int number);
    void stop_listening();
    void leave_peer();
    void peer_left(bool with_unread_data);
    void abort(int number);

    // Moving bytes.
    usize send_limit() const;
    usize queued() const { return peer_ != nullptr ? peer_->incoming_.bytes() : 0; }
    bool has_room() const;
    ErrnoOr<void> check_send(const OutgoingMessage& message);
    ErrnoOr<usize> send_stream(OutgoingMessage& message);
    ErrnoOr<usize> send_packet(OutgoingMessage& message);
    ErrnoOr<usize> send_urgent(OutgoingMessage& message);
    ErrnoOr<usize> deliver(OutgoingMessage& message, usize max);
    ErrnoOr<void> check_receive();
    ErrnoOr<bool> wait_for_data(const Patience& patience);
    ErrnoOr<usize> receive_stream(IncomingMessage& message);
    ErrnoOr<usize> receive_packet(IncomingMessage& message);
    ErrnoOr<usize> receive_urgent(IncomingMessage& message);
    ErrnoOr<usize> take_from_first(IncomingMessage& message, bool& had_files);

    State state_ = State::idle;
    // Set while connected to a socket that is still open. Each end clears the other's when it goes.
    StreamSocket* peer_ = nullptr;
    SocketAddress peer_name_;
    SocketAddress connected_name_;  // our own, as the peer sees it
    PacketQueue incoming_;
    std::optional<std::byte> urgent_;  // MSG_OOB of TCP
    bool receive_shut_ = false;        // no more will come
    bool send_shut_ = false;
    bool aborted_ = false;     // TCP: the connection is gone, not only closed
    bool unaccepted_ = false;  // still in a listener's queue
    // TCP: a connect() that did not wait has an outcome that the next one tells.
    bool connect_outcome_due_ = false;

    usize backlog_ = 0;
    Vector<Ref<StreamSocket>> pending_;  // connections that nobody accepted yet
};

}  // namespace mayfly::guest
