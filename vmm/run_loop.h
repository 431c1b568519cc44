// Runs a guest from one event to the next stop: the exit loop, the doorbell, time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vmm/clock.h"
#include "vmm/control_writer.h"
#include "vmm/deadline.h"
#include "vmm/exchange.h"
#include "vmm/exit.h"
#include "vmm/log_records.h"
#include "vmm/plugged_ram.h"
#include "vmm/vcpu.h"

namespace mayfly::vmm {

enum class StopReason { waiting, exited, panic, crashed, timed_out, out_of_cpu_time, out_of_memory, host_error };

std::string_view to_string(StopReason reason);

// Exits by reason, but for the one that ends the run.
struct ExitCounts {
    std::uint64_t idle = 0;
    std::uint64_t log = 0;
    std::uint64_t tick = 0;
    std::uint64_t input = 0;
    std::uint64_t memory = 0;
    std::uint64_t interrupted = 0;
};

struct RunCounters {
    std::uint64_t run_ns = 0;       // wall time from the first guest instruction to the stop
    std::uint64_t cpu_ns = 0;       // CPU time of the vCPU thread in that time
    std::uint64_t exits = 0;        // returns from KVM_RUN
    std::uint64_t host_faults = 0;  // page faults of the vCPU thread
    ExitCounts exits_by_reason{};
    // From the start of the run, as the guest says; 0: it did not, or spoke nonsense.
    std::uint64_t event_taken_ns = 0;
    std::uint64_t reply_given_ns = 0;
};

struct Stop {
    StopReason reason = StopReason::host_error;
    std::string detail;  // a sentence; empty for an ordinary stop
    abi::ReplyStatus reply_status = abi::ReplyStatus::success;
    std::uint32_t reply_length = 0;
    std::uint32_t exit_status = 0;
    std::uint64_t log_bytes = 0;  // of records in the exchange area's log
    std::uint64_t log_dropped = 0;
    abi::Mailbox mailbox{};  // as it was at the stop: counters the guest claims
    RunCounters counters;
};

struct RunRequest {
    Event event;
    std::uint64_t timeout_ns = 0;   // 0 = none
    std::uint64_t cpu_time_ns = 0;  // of this thread, from the first guest instruction on; 0 = no limit
    std::uint64_t log_limit_bytes = abi::kLogBytes;
    // Where log records go while the guest runs; if null they stay in the exchange area.
    LogVisitor log_sink;
    int input_fd = -1;  // standard input of the guest, or none
};

// The parts of a machine that a run needs; all outlive the run.
struct RunParts {
    Vcpu& vcpu;
    Exchange& exchange;
    ControlWriter& control;
    PluggedRam& ram;
    GuestClock& clock;
    DeadlineTimer& timer;
};

class RunLoop {
public:
    // While output is streamed and the guest computes without an exit, its log is looked at this often.
    static constexpr std::uint64_t kDrainPeriodNs = 50'000'000;

    // The tick runs from the first instruction on, with the period the guest asked for when it began to wait.
    RunLoop(const RunParts& parts, const RunRequest& request, std::uint64_t tick_period_ns);

    Stop run();

private:
    Stop run_until_stop();
    std::optional<Stop> handle(const Exit& exit);

    // The doorbell, an operation each. No value: the guest goes on.
    std::optional<Stop> ring(std::uint32_t operation);
    void count(abi::Doorbell rung);
    std::optional<Stop> wait_event(const abi::Mailbox& mailbox);
    std::optional<Stop> idle(const abi::Mailbox& mailbox);
    std::optional<Stop> set_tick(const abi::Mailbox& mailbox);
    std::optional<Stop> read_input();
    std::optional<Stop> plug_ram();
    Stop panicked(std::span<const std::byte> log);

    // Time. service_time() does what fell due and arms the timer for what comes next.
    std::optional<Stop> service_time();
    Stop timed_out() const;
    Stop used_up_cpu_time() const;
    Result<void> tick();
    void start_tick(std::uint64_t period_ns);  // 0 stops it
    std::uint64_t next_due() const;
    bool kernel_is_running() const;

    // Copied at the first look since the guest ran; with the log's length at 0 once its log was taken.
    abi::Mailbox& mailbox();
    std::vector<std::byte> take_log();  // to the sink or the keeper; gives it too
    void finish_log(Stop& stop);
    std::uint64_t ns_of_stamp(std::uint64_t tsc, std::uint64_t run_ns) const;
    Stop crashed(const std::string& what) const;
    Stop failed(const Error& error) const;

    RunParts parts_;
    const RunRequest& request_;
    std::uint64_t tick_period_ns_;
    LogKeeper keeper_;
    std::optional<abi::Mailbox> mailbox_;
    std::uint64_t exits_ = 0;
    ExitCounts exits_by_reason_;
    std::uint64_t start_ns_ = 0;  // these are host CLOCK_MONOTONIC, but for the processor time
    std::uint64_t deadline_ns_ = kNever;
    std::uint64_t cpu_deadline_ns_ = kNever;  // as thread_cpu_ns()
    std::uint64_t next_tick_ns_ = kNever;
    std::uint64_t next_drain_ns_ = kNever;
};

}  // namespace mayfly::vmm
