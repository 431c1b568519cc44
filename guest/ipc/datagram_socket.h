// SOCK_DGRAM: single messages, of AF_UNIX without loss, of UDP with.
#pragma once

#include "guest/ipc/socket.h"

namespace mayfly::guest {

class DatagramSocket final : public Socket {
public:
    DatagramSocket(const SocketDomain& domain, int flags) : Socket(domain, SOCK_DGRAM, flags) {}
    ~DatagramSocket() override;

    static void join(DatagramSocket& a, DatagramSocket& b);

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
    bool is_inet() const { return domain().is_inet(); }
    void changed() { ready().wake_all(); }

    void set_target(DatagramSocket* target);
    void target_left();
    ErrnoOr<Ref<DatagramSocket>> find_target(Thread& self, const SocketAddress& address);
    // Whom a message goes to; null where UDP finds nobody.
    ErrnoOr<Ref<DatagramSocket>> receiver_of(Thread& self, const OutgoingMessage& message);
    ErrnoOr<Owned<Packet>> make_packet(OutgoingMessage& message, const DatagramSocket& receiver);
    ErrnoOr<usize> send_unix(Thread& self, OutgoingMessage& message);
    ErrnoOr<usize> send_udp(Thread& self, OutgoingMessage& message);
    bool accepts_from(const SocketAddress& sender) const;
    bool full_for(const DatagramSocket& sender, usize bytes) const;
    void taken();

    // AF_UNIX: the socket this one is connected to, which has this one in its list and tells it when it
    // goes. UDP finds its target by name, each time.
    DatagramSocket* target_ = nullptr;
    ListNode target_node_;
    List<DatagramSocket, &DatagramSocket::target_node_> connected_here_;
    SocketAddress target_name_;
    bool connected_ = false;
    PacketQueue incoming_;
    bool receive_shut_ = false;
    bool send_shut_ = false;
};

}  // namespace mayfly::guest
