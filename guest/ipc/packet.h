// What waits in a socket's receive queue.
#pragma once

#include "guest/fs/file.h"
#include "guest/ipc/byte_queue.h"
#include "guest/ipc/socket_address.h"

namespace mayfly::guest {

// What travels beside the bytes (SCM_RIGHTS, SCM_CREDENTIALS).
struct Ancillary {
    Vector<Ref<File>> files;
    PeerCredentials credentials;

    ErrnoOr<Ancillary> copy() const {
        Ancillary result;
        result.credentials = credentials;
        for (const auto& file : files) MF_TRY(result.files.push_back(file));
        return result;
    }
};

// A datagram, or a stretch of a stream that one sender wrote.
struct Packet {
    ByteQueue data;
    Ancillary ancillary;
    SocketAddress from;
    Owned<Packet> next;
};

class PacketQueue {
public:
    PacketQueue() = default;
    PacketQueue(const PacketQueue&) = delete;
    PacketQueue& operator=(const PacketQueue&) = delete;
    ~PacketQueue();

    bool empty() const { return !first_; }
    Packet& first() { return *first_; }
    Packet* last() { return last_; }
    usize count() const { return count_; }
    // Kept by those who put bytes in and take them out, with moved().
    usize bytes() const { return bytes_; }
    void moved(i64 bytes) { bytes_ = static_cast<usize>(static_cast<i64>(bytes_) + bytes); }

    void push(Owned<Packet> packet) {
        bytes_ += packet->data.bytes();
        Packet* added = packet.get();
        (last_ != nullptr ? last_->next : first_) = std::move(packet);
        last_ = added;
        ++count_;
    }
    void drop_first() {
        bytes_ -= first_->data.bytes();
        Owned<Packet> rest = std::move(first_->next);
        first_ = std::move(rest);
        if (!first_) last_ = nullptr;
        --count_;
    }

private:
    Owned<Packet> first_;
    Packet* last_ = nullptr;
    usize count_ = 0;
    usize bytes_ = 0;
};

}  // namespace mayfly::guest
