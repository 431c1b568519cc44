// The control socket between the library and a microVM process: SOCK_SEQPACKET, one Protobuf message a
// packet, descriptors beside it. Used by both sides; what arrives is not trusted.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "microvm/poll_window.h"

struct msghdr;

namespace google::protobuf {
class MessageLite;
}

namespace mayfly::microvm {

inline constexpr std::size_t kMaxPacketBytes = 256 << 10;
inline constexpr std::size_t kMaxDescriptors = 64;
// The descriptor of the control socket in a microVM process.
inline constexpr int kControlDescriptor = 3;

enum class Received { message, closed, timed_out };
// How to wait: awake for the first microseconds, if packets usually come that soon, or asleep from the beginning.
enum class Wait { awake_at_first, asleep };

class Channel {
public:
    // Two connected ends, close-on-exec, with room for the largest packet.
    static Result<std::pair<Channel, Channel>> pair();
    explicit Channel(UniqueFd socket) : socket_(std::move(socket)) {}

    int fd() const { return socket_.get(); }

    Result<void> send(const google::protobuf::MessageLite& message, std::span<const int> descriptors = {});

    // Waits for a packet, timeout_ms < 0: for ever. Descriptors come with close-on-exec set. Fails on a packet that is
    // too large, has too many descriptors, or does not parse.
    Result<Received> receive(google::protobuf::MessageLite& message, std::vector<UniqueFd>& descriptors,
                             int timeout_ms = -1, Wait wait = Wait::awake_at_first);
    // Whether the last receive() slept before it had its packet.
    bool has_slept() const { return has_slept_; }

private:
    Result<Received> sleep(int timeout_ms) const;
    Result<std::optional<std::size_t>> take_packet(msghdr& header, int timeout_ms, Wait wait);
    Result<std::optional<std::size_t>> try_to_take(msghdr& header) const;
    // Room for one packet. Not zeroed: most packets are small, and its pages need not exist.
    std::span<std::byte> buffer();

    UniqueFd socket_;
    std::unique_ptr<std::byte[]> buffer_;
    PollWindow poll_window_;
    bool has_slept_ = false;
};

}  // namespace mayfly::microvm
