#include "runtime/microvm_messages.h"

#include <algorithm>
#include <functional>

#include "abi/layout.h"
#include "microvm/state_messages.h"

namespace mayfly::runtime {
namespace {

StopReason reason_of(control::StopReason reason) {
    switch (reason) {
    case control::STOP_WAITING: return StopReason::waiting;
    case control::STOP_EXITED: return StopReason::exited;
    case control::STOP_PANIC: return StopReason::panic;
    case control::STOP_CRASHED: return StopReason::crashed;
    case control::STOP_TIMED_OUT: return StopReason::timed_out;
    case control::STOP_OUT_OF_CPU_TIME: return StopReason::out_of_cpu_time;
    case control::STOP_OUT_OF_MEMORY: return StopReason::out_of_memory;
    default: return StopReason::host_error;
    }
}

// Each at most what is left of all exits: the sum is right whatever was sent.
ExitCounts exits_of(const control::Counters& in) {
    std::uint64_t left = in.exits();
    const auto take = [&left](std::uint64_t count) {
        const std::uint64_t taken = std::min(count, left);
        left -= taken;
        return taken;
    };
    ExitCounts exits;
    exits.idle = take(in.exits_idle());
    exits.log = take(in.exits_log());
    exits.tick = take(in.exits_tick());
    exits.input = take(in.exits_input());
    exits.memory = take(in.exits_memory());
    exits.interrupted = take(in.exits_interrupted());
    exits.end = left;
    return exits;
}

Receipt used_of(const control::Stopped& in) {
    Receipt used;
    const control::Counters& counters = in.counters();
    used.run_ns = counters.run_ns();
    used.cpu_ns = counters.cpu_ns();
    used.event_taken_ns = std::min(counters.event_taken_ns(), used.run_ns);
    used.reply_given_ns = std::min(counters.reply_given_ns(), used.run_ns);
    used.vmm_cpu_ns = counters.vmm_cpu_ns();
    used.exits = counters.exits();
    used.exits_by_reason = exits_of(counters);
    used.host_faults = counters.host_faults();
    used.private_pages = counters.private_pages();
    used.memory_peak_bytes = std::min(counters.memory_peak_bytes(), abi::kMaxRamBytes);
    used.syscalls = counters.syscalls();
    used.unknown_syscalls = counters.unknown_syscalls();
    used.page_faults = counters.page_faults();
    used.tmp_peak_bytes = std::min(counters.tmp_peak_bytes(), abi::kMaxRamBytes);
    used.threads_peak = counters.threads_peak();
    used.files_peak = counters.files_peak();
    used.log_dropped_bytes = in.log_dropped();
    return used;
}

// What was sent, or nothing if it is not what a working set could be.
std::vector<std::uint32_t> ascending_pages(const google::protobuf::RepeatedField<std::uint32_t>& sent) {
    const bool is_sound = static_cast<std::size_t>(sent.size()) <= snapshot::kMaxWorkingSet &&
                          std::adjacent_find(sent.begin(), sent.end(), std::greater_equal<>()) == sent.end();
    return is_sound ? std::vector<std::uint32_t>(sent.begin(), sent.end()) : std::vector<std::uint32_t>{};
}

}  // namespace

Stop from_message(const control::Stopped& in) {
    Stop stop;
    stop.reason = reason_of(in.reason());
    stop.detail = printable(in.detail());
    stop.reply_status = in.reply_status();
    stop.reply_length = std::min<std::uint64_t>(in.reply_length(), abi::kMaxPayloadBytes);
    stop.exit_status = in.exit_status();
    stop.log_bytes = std::min(in.log_bytes(), abi::kLogBytes);
    stop.used = used_of(in);
    stop.written_pages = ascending_pages(in.written_pages());
    return stop;
}

Result<CapturedState> from_message(const control::Captured& in) {
    CapturedState captured;
    const auto cpu = microvm::from_message(in.cpu());
    if (!cpu) return fail(ErrorCode::microvm, "the microVM process sent what is no state of a processor");
    captured.cpu = *cpu;
    captured.extents = microvm::from_message(in.layer());
    captured.page_table_frames.assign(in.page_table_frames().begin(), in.page_table_frames().end());
    captured.monotonic_ns = in.monotonic_ns();
    captured.replaced_pages = ascending_pages(in.replaced_pages());
    return captured;
}

Error from_message(const control::Failed& in) {
    const bool is_known = in.code() <= static_cast<std::uint32_t>(ErrorCode::internal);
    return {is_known ? static_cast<ErrorCode>(in.code()) : ErrorCode::host, printable(in.what()), in.sys_errno()};
}

std::string printable(std::string_view text) {
    constexpr std::size_t kLongest = 1000;
    std::string shown(text.substr(0, kLongest));
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
    return shown;
}

}  // namespace mayfly::runtime
