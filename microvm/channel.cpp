#include "microvm/channel.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message_lite.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/monotonic_clock.h"

namespace mayfly::microvm {
namespace {

constexpr int kRecursionLimit = 8;  // control.proto nests three deep

// Room for descriptors beside a packet, aligned as cmsg(3) demands.
struct alignas(cmsghdr) DescriptorBuffer {
    std::array<char, CMSG_SPACE(kMaxDescriptors * sizeof(int))> bytes;
};

void attach_descriptors(msghdr& header, DescriptorBuffer& buffer, std::span<const int> descriptors) {
    if (descriptors.empty()) return;
    buffer.bytes.fill(0);
    header.msg_control = buffer.bytes.data();
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(control), descriptors.data(), descriptors.size_bytes());
}

void take_descriptors(msghdr& header, std::vector<UniqueFd>& descriptors) {
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t index = 0; index < count; ++index) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(control) + index * sizeof(int), sizeof fd);
            descriptors.emplace_back(fd);
        }
    }
}

bool parse(std::span<const std::byte> bytes, google::protobuf::MessageLite& message) {
    google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                                  static_cast<int>(bytes.size()));
    stream.SetRecursionLimit(kRecursionLimit);
    return message.ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

}  // namespace

Result<std::pair<Channel, Channel>> Channel::pair() {
    std::array<int, 2> sockets{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0)
        return fail_errno(ErrorCode::io, "socketpair");
    Channel first{UniqueFd{sockets[0]}};
    Channel second{UniqueFd{sockets[1]}};
    // The kernel doubles what it is asked for, up to twice net.core.wmem_max; the default is too small
    // for the largest packet.
    constexpr int kSendBytes = kMaxPacketBytes;
    for (const int socket : sockets) ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kSendBytes, sizeof kSendBytes);
    return std::pair{std::move(first), std::move(second)};
}

Result<void> Channel::send(const google::protobuf::MessageLite& message, std::span<const int> descriptors) {
    const std::size_t bytes = message.ByteSizeLong();
    if (bytes > kMaxPacketBytes) return fail(ErrorCode::too_large, "a control message is over 256 KiB");
    if (descriptors.size() > kMaxDescriptors) return fail(ErrorCode::too_large, "too many descriptors in a message");
    message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(buffer().data()));

    iovec data{buffer().data(), bytes};
    DescriptorBuffer control;
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    attach_descriptors(header, control, descriptors);
    ssize_t sent = -1;
    do sent = ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno == ETOOMANYREFS)
        return fail_errno(ErrorCode::io,
                          "sending a control message: more descriptors of this user are on their way to other "
                          "processes than a process may have open (`ulimit -n` raises that)");
    if (sent < 0) return fail_errno(ErrorCode::io, "sending a control message");
    return {};
}

Result<Received> Channel::receive(google::protobuf::MessageLite& message, std::vector<UniqueFd>& descriptors,
                                  int timeout_ms, Wait wait) {
    descriptors.clear();
    iovec data{buffer().data(), buffer().size()};
    DescriptorBuffer control;
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes.data();
    header.msg_controllen = control.bytes.size();
    const auto bytes = MF_TRY(take_packet(header, timeout_ms, wait));
    if (!bytes) return Received::timed_out;
    take_descriptors(header, descriptors);
    if (*bytes == 0) return Received::closed;  // no message of ours is empty
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return fail(ErrorCode::too_large, "a control message is over 256 KiB or has too many descriptors");
    if (!parse(buffer().first(*bytes), message)) return fail(ErrorCode::corrupt, "a control message can't be decoded");
    return Received::message;
}

// The bytes of the packet, 0 at the end of the file; nothing when the time is over.
Result<std::optional<std::size_t>> Channel::take_packet(msghdr& header, int timeout_ms, Wait wait) {
    const std::uint64_t begin = monotonic_ns();
    const std::uint64_t window = wait == Wait::asleep ? 0 : poll_window_.ns(begin);
    auto taken = MF_TRY(try_to_take(header));
    for (std::uint64_t now = begin; !taken && now - begin < window;) {
        ::sched_yield();  // whoever is to send may need this processor
        const std::uint64_t back = monotonic_ns();
        poll_window_.gave_way(back - now, back);
        now = back;
        taken = MF_TRY(try_to_take(header));
        if (taken) poll_window_.found(now);
    }
    has_slept_ = !taken;
    while (!taken) {
        if (MF_TRY(sleep(timeout_ms)) == Received::timed_out) break;
        taken = MF_TRY(try_to_take(header));
    }
    poll_window_.waited(monotonic_ns() - begin);
    return taken;
}

Result<std::optional<std::size_t>> Channel::try_to_take(msghdr& header) const {
    const ssize_t bytes = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (bytes >= 0) return std::optional(static_cast<std::size_t>(bytes));
    if (errno == EAGAIN || errno == EINTR) return std::optional<std::size_t>{};
    if (errno == ECONNRESET) {
        header.msg_controllen = 0;  // nothing was received: the buffer holds whatever was there before
        return std::optional<std::size_t>{0};
    }
    return fail_errno(ErrorCode::io, "receiving a control message");
}

std::span<std::byte> Channel::buffer() {
    if (buffer_ == nullptr) buffer_ = std::make_unique_for_overwrite<std::byte[]>(kMaxPacketBytes);
    return {buffer_.get(), kMaxPacketBytes};
}

Result<Received> Channel::sleep(int timeout_ms) const {
    pollfd ready{socket_.get(), POLLIN, 0};
    const timespec limit{timeout_ms / 1000, timeout_ms % 1000 * 1'000'000l};
    const int count = ::ppoll(&ready, 1, timeout_ms < 0 ? nullptr : &limit, nullptr);
    // A signal ends no wait that has no end.
    if (count > 0 || (errno == EINTR && timeout_ms < 0)) return Received::message;
    if (count == 0 || errno == EINTR) return Received::timed_out;
    return fail_errno(ErrorCode::io, "waiting for a control message");
}

}  // namespace mayfly::microvm
