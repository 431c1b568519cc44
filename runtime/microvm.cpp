#include "runtime/microvm.h"

#include <algorithm>

#include "abi/layout.h"
#include "microvm/control.pb.h"
#include "runtime/microvm_messages.h"
#include "runtime/microvm_requests.h"

namespace mayfly::runtime {
namespace {

// How long a process may take for what it does without the guest. Far more than it needs: this only
// ends one that hangs.
constexpr std::uint64_t kSetupLimit = 20'000'000'000;
constexpr std::uint64_t kResetLimit = 20'000'000'000;
constexpr std::uint64_t kCaptureLimit = 120'000'000'000;
// The process ends a run at its timeout; it is killed when it did not, as one that was stopped or taken over does not.
constexpr std::uint64_t kTimeoutGrace = 50'000'000;

// What a microVM process may take: the guest's RAM, the kernel's tables for it (KVM's reverse map is 1/512, page
// tables as much again and their shadows), the exchange area and itself.
constexpr std::uint64_t process_bytes(std::uint64_t ram_bytes) { return ram_bytes + ram_bytes / 32 + (64ull << 20); }

Unexpected<Error> gone() { return fail(ErrorCode::host, "the microVM process ended unexpectedly"); }
Unexpected<Error> out_of_memory() {
    return Unexpected(
        Error{ErrorCode::microvm, "the kernel ended the microVM process, which was over its memory limit", ENOMEM});
}
Unexpected<Error> nonsense() {
    return fail(ErrorCode::host, "the microVM process answered something else than it was asked");
}

Result<void> send(microvm::Channel& channel, const control::Request& request, std::span<const int> descriptors) {
    auto sent = channel.send(request, descriptors);
    const bool is_gone = !sent && (sent.error().sys_errno == EPIPE || sent.error().sys_errno == ECONNRESET);
    return is_gone ? gone() : std::move(sent);
}

Result<void> send_start(microvm::Channel& channel, const ExchangeArea& exchange, const MicrovmPlan& plan,
                        bool expects_restore) {
    control::Request request;
    to_message(plan, *request.mutable_start());
    request.mutable_start()->set_expects_restore(expects_restore);
    std::vector<int> descriptors{plan.kvm, exchange.fd()};
    for (const MicrovmPlan::Window& window : plan.windows) descriptors.push_back(window.fd);
    for (const MicrovmPlan::Layer& layer : plan.layers) descriptors.push_back(layer.fd);
    if (plan.input >= 0) descriptors.push_back(plan.input);
    return send(channel, request, descriptors);
}

}  // namespace

Result<Microvm> Microvm::start(const ProcessSource& source, const MicrovmPlan& plan) {
    return start(source, plan, false);
}
Result<Microvm> Microvm::prepare(const ProcessSource& source, const MicrovmPlan& base) {
    return start(source, base, true);
}

Result<Microvm> Microvm::start(const ProcessSource& source, const MicrovmPlan& plan, bool expects_restore) {
    auto started = try_to_start(source, plan, expects_restore);
    const bool has_lost_zygote = !started && started.error().code == ErrorCode::host;
    return has_lost_zygote ? try_to_start(source, plan, expects_restore) : std::move(started);
}

Result<Microvm> Microvm::try_to_start(const ProcessSource& source, const MicrovmPlan& plan, bool expects_restore) {
    std::optional<ControlGroup> group;
    if (source.groups != nullptr)
        group.emplace(MF_TRY(source.groups->take({process_bytes(plan.ram_bytes), plan.cpu_share})));
    ExchangeArea exchange = MF_TRY(ExchangeArea::create());
    auto [mine, theirs] = MF_TRY(microvm::Channel::pair());
    // Before there is a process, which then need not wait for it.
    MF_TRY(send_start(mine, exchange, plan, expects_restore));
    ChildProcess process = MF_TRY(source.zygote.fork(theirs.fd(), plan.kvm, group ? &*group : nullptr));
    theirs = microvm::Channel{UniqueFd{}};  // so that the end of the process is the end of the file
    return Microvm{std::move(group), std::move(process), std::move(mine), std::move(exchange)};
}

Result<void> Microvm::restore(const MicrovmPlan& plan) {
    control::Request request;
    to_message(plan, *request.mutable_restore());
    std::vector<int> descriptors;
    for (const MicrovmPlan::Window& window : std::span(plan.windows).subspan(1)) descriptors.push_back(window.fd);
    for (const MicrovmPlan::Layer& layer : std::span(plan.layers).subspan(1)) descriptors.push_back(layer.fd);
    MF_TRY(send(channel_, request, descriptors));
    ++answers_due_;
    return {};
}

Result<void> Microvm::await_ready() {
    for (; answers_due_ > 0; --answers_due_) {
        control::Response response;
        MF_TRY(receive(response, deadline_after(kSetupLimit)));
        if (response.kind_case() != control::Response::kReady) return nonsense();
    }
    return {};
}

Result<Stop> Microvm::run(const RunRequest& request) {
    MF_TRY(exchange_.write_event(request.event));
    MF_TRY(send_run(request));
    MF_TRY(await_ready());
    return await_stop(request);
}

// A process that waits awake runs on another processor, so its caller waits awake too. One that has gone to sleep is
// woken on its caller's processor, as Linux wakes who waits at a socket, and has it for itself once the caller sleeps.
microvm::Wait Microvm::choose_wait() {
    const std::uint64_t now = monotonic_ns();
    const std::uint64_t silence = now - stopped_ns_;
    const bool is_awake = silence < process_window_.ns(now);
    process_window_.waited(silence);
    return is_awake ? microvm::Wait::awake_at_first : microvm::Wait::asleep;
}

Result<void> Microvm::send_run(const RunRequest& request) {
    wait_ = choose_wait();
    control::Request message;
    to_message(request, *message.mutable_run());
    std::vector<int> descriptors;
    for (const MicrovmPlan::Window& window : request.new_windows) descriptors.push_back(window.fd);
    return send(channel_, message, descriptors);
}

Result<Stop> Microvm::await_stop(const RunRequest& request) {
    const Deadline deadline = request.timeout_ns == 0 ? kNever : deadline_after(request.timeout_ns + kTimeoutGrace);
    control::Response response;
    for (;;) {
        auto received = receive(response, deadline);
        // The process's own errors may have any errno, which says nothing of the guest.
        const auto is = [&](ErrorCode code, int number) {
            return !received && received.error().code == code && received.error().sys_errno == number;
        };
        if (is(ErrorCode::host, ETIMEDOUT)) {
            process_.kill();
            Stop stop;
            stop.reason = StopReason::timed_out;
            stop.detail = "the microVM process did not stop by itself";
            return stop;
        }
        if (is(ErrorCode::microvm, ENOMEM)) {
            Stop stop;
            stop.reason = StopReason::out_of_memory;
            stop.detail = received.error().what;
            return stop;
        }
        if (!received) return Unexpected(std::move(received).error());
        switch (response.kind_case()) {
        case control::Response::kStopped: stopped_ns_ = monotonic_ns(); return from_message(response.stopped());
        case control::Response::kOutput: break;
        default: return nonsense();
        }
        if (!request.output) return nonsense();
        const std::uint32_t stream = response.output().stream();
        // abi::LogStream counts from 1 in the order of ours; what is unknown counts as the kernel's.
        const bool is_known = stream >= 1 && stream <= 4;
        request.output(is_known ? static_cast<LogStream>(stream - 1) : LogStream::kernel, response.output().data());
    }
}

// A Failed becomes its Error; a passed deadline an Error with ETIMEDOUT.
Result<void> Microvm::receive(control::Response& response, Deadline deadline) {
    std::vector<UniqueFd> unwanted;
    for (;;) {
        int timeout_ms = -1;
        if (deadline != kNever) {
            const std::uint64_t now = monotonic_ns();
            if (now >= deadline)
                return Unexpected(Error{ErrorCode::host, "the microVM process does not answer", ETIMEDOUT});
            timeout_ms = static_cast<int>(std::min<std::uint64_t>((deadline - now) / 1'000'000 + 1, 3'600'000));
        }
        auto received = channel_.receive(response, unwanted, timeout_ms, wait_);
        if (!received)
            return fail(ErrorCode::host, "the microVM process sent what can't be read: " + received.error().message());
        if (*received == microvm::Received::timed_out) continue;
        if (*received == microvm::Received::closed) return has_run_out_of_memory() ? out_of_memory() : gone();
        if (response.kind_case() == control::Response::kFailed) return Unexpected(from_message(response.failed()));
        return {};
    }
}

Result<ResetTimes> Microvm::await_reset() {
    control::Response response;
    MF_TRY(receive(response, deadline_after(kResetLimit)));
    if (response.kind_case() != control::Response::kClean) return nonsense();
    return ResetTimes{response.clean().reset_ns(), response.clean().pages_copied()};
}

Result<CapturedState> Microvm::capture(int file, bool only_changed) {
    MF_TRY(await_ready());
    control::Request request;
    request.mutable_capture()->set_only_changed(only_changed);
    const int descriptors[] = {file};
    MF_TRY(send(channel_, request, descriptors));
    control::Response response;
    MF_TRY(receive(response, deadline_after(kCaptureLimit)));
    if (response.kind_case() != control::Response::kCaptured) return nonsense();
    return from_message(response.captured());
}

}  // namespace mayfly::runtime
