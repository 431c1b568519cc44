// Packets as a microVM process that was taken over sends them to the library, through the real socket: any bytes,
// any number of descriptors. What the library makes of them must be in bounds.
// hostile: A3 A17 A19 A28 E11
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <functional>

#include "abi/layout.h"
#include "fuzz/target.h"
#include "microvm/control.pb.h"
#include "microvm/state_messages.h"
#include "runtime/microvm_messages.h"
#include "runtime/outcome.h"

using namespace mayfly;

namespace {

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void check(const control::Stopped& message) {
    const runtime::Stop stop = runtime::from_message(message);
    MF_REQUIRE(is_printable(stop.detail) && stop.detail.size() <= 1000);
    MF_REQUIRE(stop.reply_length <= abi::kMaxPayloadBytes && stop.log_bytes <= abi::kLogBytes);
    MF_REQUIRE(stop.used.memory_peak_bytes <= abi::kMaxRamBytes);
    const auto& pages = stop.written_pages;
    MF_REQUIRE(pages.size() <= snapshot::kMaxWorkingSet);
    MF_REQUIRE(std::adjacent_find(pages.begin(), pages.end(), std::greater_equal<>()) == pages.end());
    for (runtime::Verdict verdict : {runtime::verdict_of_invocation(stop), runtime::verdict_of_program(stop)}) {
        runtime::name_limit(verdict, stop, {});
        MF_REQUIRE((verdict.outcome == Outcome::finished) == verdict.cause.empty());
    }
    const int code = runtime::exit_code_of(stop.exit_status);
    MF_REQUIRE(code >= 0 && code <= 255);
}

void check(const control::Captured& message) {
    const auto captured = runtime::from_message(message);
    if (!captured) return;
    control::CpuState cpu_again;
    microvm::to_message(captured->cpu, cpu_again);
    const auto cpu = microvm::from_message(cpu_again);
    MF_REQUIRE(cpu && *cpu == captured->cpu);
    control::Layer layer_again;
    microvm::to_message(captured->extents, layer_again);
    MF_REQUIRE(microvm::from_message(layer_again) == captured->extents);
}

void check(const control::Response& response) {
    switch (response.kind_case()) {
    case control::Response::kStopped: check(response.stopped()); break;
    case control::Response::kCaptured: check(response.captured()); break;
    case control::Response::kFailed: MF_REQUIRE(is_printable(runtime::from_message(response.failed()).what)); break;
    default: break;
    }
}

class Socket {
public:
    Socket() : ends_(*microvm::Channel::pair()), file_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

    microvm::Channel& receiver() { return ends_.first; }

    // Through our own sender, as the other side does when it is not taken over.
    void send(const control::Response& message, std::size_t descriptors) {
        const std::vector<int> files(descriptors, file_.get());
        MF_REQUIRE(ends_.second.send(message, files).has_value() == (descriptors <= microvm::kMaxDescriptors));
    }

    void send(std::span<const std::byte> packet, std::size_t descriptors) {
        std::array<int, 80> files;
        files.fill(file_.get());
        std::array<char, CMSG_SPACE(sizeof files)> control{};
        iovec data{const_cast<std::byte*>(packet.data()), packet.size()};  // sendmsg(2) only reads
        msghdr header{};
        header.msg_iov = &data;
        header.msg_iovlen = 1;
        if (descriptors > 0) attach(header, control, std::span(files).first(descriptors));
        MF_REQUIRE(::sendmsg(ends_.second.fd(), &header, MSG_NOSIGNAL) == static_cast<ssize_t>(packet.size()));
    }

private:
    static void attach(msghdr& header, std::span<char> control, std::span<const int> files) {
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(files.size_bytes());
        cmsghdr* const first = CMSG_FIRSTHDR(&header);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN(files.size_bytes());
        std::copy_n(reinterpret_cast<const char*>(files.data()), files.size_bytes(),
                    reinterpret_cast<char*>(CMSG_DATA(first)));  // as cmsg(3) has it
    }

    std::pair<microvm::Channel, microvm::Channel> ends_;
    UniqueFd file_;
};

constexpr std::size_t kNoPacket = 255;

// A message that was taken for one is the same after another way through the socket.
void check_way(Socket& socket, const control::Response& response, std::size_t descriptors) {
    socket.send(response, descriptors);
    control::Response again;
    std::vector<UniqueFd> received;
    const auto result = socket.receiver().receive(again, received, 0);
    if (descriptors > microvm::kMaxDescriptors || response.ByteSizeLong() == 0) return;
    MF_REQUIRE(result && *result == microvm::Received::message && received.size() == descriptors);
    MF_REQUIRE(again.SerializeAsString() == response.SerializeAsString());
}

}  // namespace

MF_FUZZ_TARGET(input) {
    static Socket socket;
    const std::size_t descriptors = input.take<std::uint8_t>();
    if (descriptors != kNoPacket) socket.send(input.rest(), descriptors > 80 ? 0 : descriptors);
    control::Response response;
    std::vector<UniqueFd> received;
    const auto result = socket.receiver().receive(response, received, 0);
    MF_REQUIRE(received.size() <= microvm::kMaxDescriptors);
    MF_REQUIRE(descriptors != kNoPacket || (result && *result == microvm::Received::timed_out));
    if (!result || *result != microvm::Received::message) return;
    check(response);
    check_way(socket, response, received.size() + descriptors / 128);
}
