// The doorbell operations of abi/doorbell.h. They see a private copy of the mailbox, made once since the guest ran.
#include <poll.h>

#include <algorithm>

#include "base/monotonic_clock.h"
#include "vmm/run_loop.h"

namespace mayfly::vmm {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

Stop stopped(StopReason reason, std::string detail = {}) {
    Stop stop;
    stop.reason = reason;
    stop.detail = std::move(detail);
    return stop;
}

bool is_known(abi::ReplyStatus status) { return status <= abi::ReplyStatus::init_error; }

timespec to_timespec(std::uint64_t ns) {
    return {static_cast<time_t>(ns / kNsPerSecond), static_cast<long>(ns % kNsPerSecond)};
}

// Waits for input if input_fd is not -1, at most until host time until_ns; a signal ends it early.
void wait_until(std::uint64_t until_ns, int input_fd) {
    const std::uint64_t now = monotonic_ns();
    if (until_ns <= now) return;
    const timespec timeout = to_timespec(until_ns - now);
    pollfd input{input_fd, POLLIN, 0};
    ::ppoll(&input, input_fd < 0 ? 0 : 1, until_ns == kNever ? nullptr : &timeout, nullptr);
}

bool has_input(int fd) {
    pollfd input{fd, POLLIN, 0};
    constexpr timespec kNow{};
    return ::ppoll(&input, 1, &kNow, nullptr) > 0;
}

}  // namespace

std::optional<Stop> RunLoop::ring(std::uint32_t operation) {
    const auto rung = abi::Doorbell{operation};
    count(rung);
    std::vector<std::byte> log;
    if (request_.log_sink || rung == abi::Doorbell::flush_log || rung == abi::Doorbell::panic) log = take_log();
    const abi::Mailbox& mailbox = this->mailbox();
    switch (rung) {
    case abi::Doorbell::wait_event: return wait_event(mailbox);
    case abi::Doorbell::idle: return idle(mailbox);
    case abi::Doorbell::flush_log: return std::nullopt;
    case abi::Doorbell::exit: {
        Stop stop = stopped(StopReason::exited);
        stop.exit_status = mailbox.exit_status;
        return stop;
    }
    case abi::Doorbell::panic: return panicked(log);
    case abi::Doorbell::set_tick: return set_tick(mailbox);
    case abi::Doorbell::read_input: return read_input();
    case abi::Doorbell::plug_ram: return plug_ram();
    case abi::Doorbell::out_of_memory:
        return stopped(StopReason::out_of_memory, "the microVM ran out of memory: give the function more");
    }
    return crashed("rang the doorbell with unknown operation " + std::to_string(operation));
}

void RunLoop::count(abi::Doorbell rung) {
    switch (rung) {
    case abi::Doorbell::idle: ++exits_by_reason_.idle; break;
    case abi::Doorbell::flush_log: ++exits_by_reason_.log; break;
    case abi::Doorbell::set_tick: ++exits_by_reason_.tick; break;
    case abi::Doorbell::read_input: ++exits_by_reason_.input; break;
    case abi::Doorbell::plug_ram: ++exits_by_reason_.memory; break;
    default: break;  // it ends the run
    }
}

std::optional<Stop> RunLoop::wait_event(const abi::Mailbox& mailbox) {
    Stop stop = stopped(StopReason::waiting);
    const abi::EventKind kind = request_.event.kind;
    // Whoever asked for one of these judges the reply, and takes none of it.
    const bool is_for_us = kind == abi::EventKind::rehearse || kind == abi::EventKind::practise;
    if (is_for_us) stop.reply_status = is_known(mailbox.reply_status) ? mailbox.reply_status : abi::ReplyStatus::none;
    const bool has_reply = kind == abi::EventKind::load || kind == abi::EventKind::invoke;
    if (!has_reply) return stop;
    if (mailbox.reply_status == abi::ReplyStatus::none) return crashed("waited for the next event without a reply");
    if (!is_known(mailbox.reply_status)) return crashed("replied with an unknown status");
    if (mailbox.reply_length > abi::kMaxPayloadBytes)
        return crashed("replied with " + std::to_string(mailbox.reply_length) + " bytes, more than the limit");
    stop.reply_status = mailbox.reply_status;
    stop.reply_length = mailbox.reply_length;
    return stop;
}

std::optional<Stop> RunLoop::idle(const abi::Mailbox& mailbox) {
    std::uint64_t until = deadline_ns_;
    if (mailbox.idle_until_ns != abi::kIdleForever) {
        const std::uint64_t guest_now = parts_.clock.now_ns();
        const std::uint64_t wait = mailbox.idle_until_ns > guest_now ? mailbox.idle_until_ns - guest_now : 0;
        const std::uint64_t host_now = monotonic_ns();
        until = std::min(until, host_now + std::min(wait, kNever - 1 - host_now));
    }
    // A guest that waits has nobody to share the CPU with, nor a log that grows: only the deadline counts.
    parts_.timer.arm(deadline_ns_);
    wait_until(until, mailbox.idle_for_input != 0 ? request_.input_fd : -1);
    const std::uint64_t now = monotonic_ns();
    if (tick_period_ns_ != 0) next_tick_ns_ = now + tick_period_ns_;
    if (next_drain_ns_ != kNever) next_drain_ns_ = now + kDrainPeriodNs;
    return service_time();
}

std::optional<Stop> RunLoop::set_tick(const abi::Mailbox& mailbox) {
    start_tick(mailbox.tick_period_ns);
    parts_.timer.arm(next_due());
    return std::nullopt;
}

std::optional<Stop> RunLoop::read_input() {
    std::uint32_t length = abi::kInputEnd;
    if (request_.input_fd >= 0) {
        length = abi::kInputWouldBlock;
        if (has_input(request_.input_fd)) {
            const ssize_t bytes = parts_.exchange.read_event(request_.input_fd);
            const bool try_again = bytes < 0 && (errno == EINTR || errno == EAGAIN);
            if (!try_again) length = bytes > 0 ? static_cast<std::uint32_t>(bytes) : abi::kInputEnd;
        }
    }
    parts_.exchange.set_input_length(length);
    return std::nullopt;
}

std::optional<Stop> RunLoop::plug_ram() {
    if (parts_.ram.is_complete()) return crashed("asked for more RAM than it has");
    if (auto plugged = parts_.ram.plug_more(); !plugged) return failed(plugged.error());
    return std::nullopt;
}

Stop RunLoop::panicked(std::span<const std::byte> log) {
    std::string reason = panic_reason(log);
    return stopped(StopReason::panic, reason.empty() ? "no reason given" : std::move(reason));
}

}  // namespace mayfly::vmm
