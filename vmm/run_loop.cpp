#include "vmm/run_loop.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "base/monotonic_clock.h"
#include "vmm/registers.h"

namespace mayfly::vmm {
namespace {

constexpr std::uint64_t kMinTickNs = 500'000;
constexpr std::uint64_t kMaxTickNs = 3'600'000'000'000;
// The lower half of a 48-bit address space belongs to programs.
constexpr std::uint64_t kUpperHalf = 0x8000'0000'0000;

struct Usage {
    std::uint64_t cpu_ns;
    std::uint64_t faults;
};

Usage thread_usage() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    const auto us = [](const timeval& time) {
        return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
    };
    return {(us(usage.ru_utime) + us(usage.ru_stime)) * 1000,
            static_cast<std::uint64_t>(usage.ru_minflt) + static_cast<std::uint64_t>(usage.ru_majflt)};
}

}  // namespace

std::string_view to_string(StopReason reason) {
    switch (reason) {
    case StopReason::waiting: return "waiting";
    case StopReason::exited: return "exited";
    case StopReason::panic: return "panic";
    case StopReason::crashed: return "crashed";
    case StopReason::timed_out: return "timed out";
    case StopReason::out_of_cpu_time: return "out of processor time";
    case StopReason::out_of_memory: return "out of memory";
    case StopReason::host_error: return "host error";
    }
    return "unknown";
}

RunLoop::RunLoop(const RunParts& parts, const RunRequest& request, std::uint64_t tick_period_ns)
    : parts_(parts),
      request_(request),
      tick_period_ns_(tick_period_ns),
      keeper_(static_cast<std::size_t>(std::min<std::uint64_t>(request.log_limit_bytes, abi::kLogBytes))) {}

Stop RunLoop::run() {
    const Usage before = thread_usage();
    start_ns_ = monotonic_ns();
    if (request_.timeout_ns != 0) deadline_ns_ = start_ns_ + std::min(request_.timeout_ns, kNever - 1 - start_ns_);
    if (request_.cpu_time_ns != 0) {
        const std::uint64_t cpu_ns = thread_cpu_ns();
        cpu_deadline_ns_ = cpu_ns + std::min(request_.cpu_time_ns, kNever - 1 - cpu_ns);
    }
    if (request_.log_sink) next_drain_ns_ = start_ns_ + kDrainPeriodNs;
    start_tick(tick_period_ns_);
    parts_.timer.acknowledge();
    parts_.timer.arm(next_due());
    parts_.timer.arm_cpu(cpu_deadline_ns_);

    Stop stop = run_until_stop();
    parts_.timer.arm_cpu(kNever);

    const Usage after = thread_usage();
    stop.counters = {monotonic_ns() - start_ns_, after.cpu_ns - before.cpu_ns, exits_, after.faults - before.faults,
                     exits_by_reason_};
    finish_log(stop);
    stop.counters.event_taken_ns = ns_of_stamp(stop.mailbox.event_taken_tsc, stop.counters.run_ns);
    stop.counters.reply_given_ns = ns_of_stamp(stop.mailbox.reply_given_tsc, stop.counters.run_ns);
    return stop;
}

Stop RunLoop::run_until_stop() {
    for (;;) {
        mailbox_.reset();
        parts_.exchange.begin_event();
        const auto exit = parts_.vcpu.run();
        ++exits_;
        if (!exit) return failed(exit.error());
        if (auto stop = handle(*exit)) return *std::move(stop);
    }
}

std::optional<Stop> RunLoop::handle(const Exit& exit) {
    if (const auto* doorbell = std::get_if<DoorbellRing>(&exit)) return ring(doorbell->operation);
    if (const auto* bad = std::get_if<BadExit>(&exit)) return crashed(bad->reason);
    ++exits_by_reason_.interrupted;
    parts_.timer.acknowledge();
    return service_time();
}

std::optional<Stop> RunLoop::service_time() {
    const std::uint64_t now = monotonic_ns();
    if (now >= deadline_ns_) return timed_out();
    if (cpu_deadline_ns_ != kNever && thread_cpu_ns() >= cpu_deadline_ns_) return used_up_cpu_time();
    if (now >= next_tick_ns_) {
        next_tick_ns_ = now + tick_period_ns_;
        if (auto ticked = tick(); !ticked) return failed(ticked.error());
    }
    if (now >= next_drain_ns_) {
        next_drain_ns_ = now + kDrainPeriodNs;
        // In the kernel a record may be half written.
        if (!kernel_is_running()) take_log();
    }
    parts_.timer.arm(next_due());
    return std::nullopt;
}

Stop RunLoop::timed_out() const {
    Stop stop;
    stop.reason = StopReason::timed_out;
    stop.detail = "the microVM was stopped after " + std::to_string(request_.timeout_ns / 1'000'000) + " ms at RIP " +
                  hex(parts_.vcpu.registers().rip);
    return stop;
}

Stop RunLoop::used_up_cpu_time() const {
    Stop stop;
    stop.reason = StopReason::out_of_cpu_time;
    stop.detail = "the microVM was stopped after " + std::to_string(request_.cpu_time_ns / 1'000'000) +
                  " ms of processor time at RIP " + hex(parts_.vcpu.registers().rip);
    return stop;
}

void RunLoop::start_tick(std::uint64_t period_ns) {
    tick_period_ns_ = period_ns == 0 ? 0 : std::clamp(period_ns, kMinTickNs, kMaxTickNs);
    next_tick_ns_ = period_ns == 0 ? kNever : monotonic_ns() + tick_period_ns_;
}

// The guest's kernel is not preemptible: while it runs, it looks at the counter on its way out.
Result<void> RunLoop::tick() {
    parts_.control.count_tick();
    if (kernel_is_running() || !parts_.vcpu.can_take_interrupt()) return {};
    return parts_.vcpu.interrupt(abi::kTickVector);
}

std::uint64_t RunLoop::next_due() const { return std::min({deadline_ns_, next_tick_ns_, next_drain_ns_}); }

bool RunLoop::kernel_is_running() const { return parts_.vcpu.registers().rip >= kUpperHalf; }

// The clock's base is the start of the run. What the guest left from an earlier run, or made up, is no stamp.
std::uint64_t RunLoop::ns_of_stamp(std::uint64_t tsc, std::uint64_t run_ns) const {
    const std::uint64_t base = parts_.clock.tsc_base();
    if (tsc <= base) return 0;
    const std::uint64_t ns = parts_.clock.scale().to_ns(tsc - base);
    return ns <= run_ns ? ns : 0;
}

Stop RunLoop::crashed(const std::string& what) const {
    Stop stop;
    stop.reason = StopReason::crashed;
    stop.detail = what + " at RIP " + hex(parts_.vcpu.registers().rip);
    return stop;
}

Stop RunLoop::failed(const Error& error) const {
    Stop stop;
    stop.reason = StopReason::host_error;
    stop.detail = error.message();
    return stop;
}

abi::Mailbox& RunLoop::mailbox() {
    if (!mailbox_) mailbox_ = parts_.exchange.mailbox();
    return *mailbox_;
}

std::vector<std::byte> RunLoop::take_log() {
    const std::uint32_t length = std::exchange(mailbox().log_length, 0);
    if (length == 0) return {};
    auto log = parts_.exchange.copy_log(length);
    if (request_.log_sink)
        for_each_record(log, request_.log_sink);
    else
        keeper_.add(log);
    parts_.exchange.set_log_length(0);
    return log;
}

// The usual log is small and stays where it lies. One that was flushed, or is over the limit, is put
// back as far as it was kept.
void RunLoop::finish_log(Stop& stop) {
    stop.mailbox = mailbox();
    const std::uint64_t limit = std::min<std::uint64_t>(request_.log_limit_bytes, abi::kLogBytes);
    if (!request_.log_sink && keeper_.empty() && keeper_.dropped() == 0 && stop.mailbox.log_length <= limit) {
        stop.log_bytes = stop.mailbox.log_length;
        return;
    }
    take_log();
    parts_.exchange.write_log(keeper_.kept());
    stop.log_bytes = keeper_.kept().size();
    stop.log_dropped = keeper_.dropped();
}

}  // namespace mayfly::vmm
