// The exit loop and the doorbell: a guest that writes anything to the mailbox and the log and takes any exits in any
// order, from one event to the next. Only KVM is not the real one (fake_kvm.h).
// hostile: A1 A2 A3 A4 A9 A12 A13 A14 A16 A17 A19 A20 A21 A22 A24 A27 B1 B2 B7
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "fuzz/fake_kvm.h"
#include "fuzz/target.h"
#include "microvm/messages.h"
#include "vmm/kvm.h"
#include "vmm/machine.h"

using namespace mayfly;

namespace {

constexpr std::size_t kRamBytes = 96u << 20;
constexpr int kMaxRuns = 4;

UniqueFd standard_input() {
    UniqueFd file{::memfd_create("input", MFD_CLOEXEC)};
    MF_REQUIRE(::write(file.get(), "typed", 5) == 5);
    return file;
}

struct Setup {
    Mapping ram = *Mapping::anonymous(kRamBytes);
    vmm::Kvm kvm = *vmm::Kvm::adopt(fuzz::fake_kvm_device());
    UniqueFd input = standard_input();
    std::unique_ptr<vmm::Machine> machine = *vmm::Machine::create(kvm, {ram.bytes()}, *vmm::Exchange::create());
};

// As the process finds it in a message, or what no message says.
abi::EventKind kind_of(unsigned number) {
    const auto kind = microvm::from_message(static_cast<control::EventKind>(number));
    return kind ? *kind : abi::EventKind{number};
}

vmm::RunRequest take_request(fuzz::Input& input, int standard_input) {
    const auto bits = input.take<std::uint8_t>();
    vmm::RunRequest request;
    request.event = {kind_of(bits & 7u), input.take<std::uint8_t>(), "request"};
    request.timeout_ns = std::uint64_t{input.take<std::uint8_t>()} * 100'000'000;
    request.cpu_time_ns = (bits & 64) != 0 ? 50'000'000 : 0;
    request.log_limit_bytes = (bits & 8) != 0 ? input.take<std::uint8_t>() : ~0ull;
    if ((bits & 16) != 0)
        request.log_sink = [](abi::LogStream stream, std::span<const std::byte> text) {
            MF_REQUIRE(stream >= abi::LogStream::output && stream <= abi::LogStream::trace);
            MF_REQUIRE(text.size() <= abi::kLogBytes);
        };
    if ((bits & 32) != 0) request.input_fd = standard_input;
    return request;
}

void check(const vmm::Stop& stop, const vmm::RunRequest& request) {
    MF_REQUIRE(stop.reply_length <= abi::kMaxPayloadBytes);
    MF_REQUIRE(stop.log_bytes <= std::min(request.log_limit_bytes, abi::kLogBytes));
    // Whether a rehearsal has succeeded is what its status says, and it may say nothing.
    const abi::EventKind kind = request.event.kind;
    const bool is_rehearsal = kind == abi::EventKind::rehearse || kind == abi::EventKind::practise;
    MF_REQUIRE(stop.reply_status <= (is_rehearsal ? abi::ReplyStatus::none : abi::ReplyStatus::init_error));
    const bool is_named = stop.reason == vmm::StopReason::waiting || stop.reason == vmm::StopReason::exited;
    MF_REQUIRE(is_named == stop.detail.empty());
    MF_REQUIRE(stop.detail.size() < 600);
    MF_REQUIRE(std::all_of(stop.detail.begin(), stop.detail.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    if (request.timeout_ns != 0 && stop.reason != vmm::StopReason::host_error)
        MF_REQUIRE(stop.counters.run_ns <= request.timeout_ns + (2ull << 32));
    control::Stopped message;
    microvm::to_message(stop, message);
    MF_REQUIRE(message.ByteSizeLong() < 2048);
}

// The counters are those of the one copy that was made: with MAYFLY_FLIP_ON_READ a second one would differ.
void check_copy(const abi::Mailbox& copied, const abi::Mailbox& written) {
    MF_REQUIRE(copied.syscalls == written.syscalls && copied.page_faults == written.page_faults);
    MF_REQUIRE(copied.tick_period_ns == written.tick_period_ns && copied.reply_status == written.reply_status);
}

// A machine that did not stop to wait is given up; the next run is that of another.
void go_on(vmm::Machine& machine, const vmm::Stop& stop, const vmm::CpuState& origin, bool captures) {
    const bool is_waiting = stop.reason == vmm::StopReason::waiting;
    if (is_waiting && captures) MF_REQUIRE(machine.capture_cpu().has_value());
    if (is_waiting)
        MF_REQUIRE(machine.reset_cpu().has_value());
    else
        MF_REQUIRE(machine.restore(origin, 0).has_value());
}

}  // namespace

MF_FUZZ_TARGET(input) {
    static Setup setup;
    vmm::Machine& machine = *setup.machine;
    const vmm::CpuState origin{};
    MF_REQUIRE(machine.restore(origin, 0).has_value());
    MF_REQUIRE(::lseek(setup.input.get(), 0, SEEK_SET) == 0);
    const fuzz::Play play(input);
    for (int run = 0; run < kMaxRuns && !input.empty(); ++run) {
        const vmm::RunRequest request = take_request(input, setup.input.get());
        const vmm::Stop stop = machine.run(request);
        check(stop, request);
        check_copy(stop.mailbox, play.mailbox());
        go_on(machine, stop, origin, (run & 1) != 0);
    }
}
