#include <algorithm>

#include "abi/control_page.h"
#include "abi/layout.h"
#include "base/monotonic_clock.h"
#include "runtime/clock.h"
#include "runtime/error_reply.h"
#include "runtime/function_impl.h"
#include "runtime/json_text.h"
#include "runtime/load_event.h"
#include "runtime/out_of_memory.h"
#include "runtime/outcome.h"

namespace mayfly {

using runtime::Microvm;
using runtime::MutexLock;

struct Function::Impl::Request {
    std::string_view event;
    const InvokeOptions& options;
    Mode mode;
    std::uint64_t ready_ns = 0;  // when the microVM was free for it; the rest until it runs is resume time
};

namespace {

Result<void> check_request_id(std::string_view id) {
    const bool fits = id.size() < sizeof(abi::ControlPage::request_id);
    const bool is_printable = std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (fits && is_printable) return {};
    return fail(ErrorCode::usage, "a request id has at most 63 printable characters and no blanks");
}

// Empty when the event can be given to the function.
std::string reason_to_refuse(std::string_view event) {
    if (event.size() > kMaxEventBytes) return "the event is over 6 MiB";
    if (!runtime::is_json(event)) return "the event is not JSON";
    return {};
}

void host_failed(Invocation& invocation, const Error& error) {
    invocation.outcome = Outcome::host_error;
    invocation.cause = error.message();
}

std::uint64_t text_bytes(const std::vector<LogRecord>& logs) {
    std::uint64_t bytes = 0;
    for (const LogRecord& record : logs) bytes += record.text.size();
    return bytes;
}

// Takes over what the process measured, keeping what is known here better.
void complete_receipt(Receipt& receipt, const runtime::Stop& stop, std::uint64_t elapsed_ns) {
    const Receipt ours = receipt;
    receipt = stop.used;
    receipt.mode = ours.mode;
    receipt.queue_ns = ours.queue_ns;
    receipt.reset_ns = ours.reset_ns;
    receipt.reset_pages = ours.reset_pages;
    receipt.event_bytes = ours.event_bytes;
    receipt.new_microvm = ours.new_microvm;
    receipt.run_ns = std::min(receipt.run_ns, elapsed_ns);
    receipt.event_taken_ns = std::min(receipt.event_taken_ns, receipt.run_ns);
    receipt.reply_given_ns = std::min(receipt.reply_given_ns, receipt.run_ns);
    receipt.resume_ns = elapsed_ns - receipt.run_ns;
}

// With a limit of 0 everything was dropped, but nobody missed it.
void hide_logs(Invocation& invocation) {
    invocation.logs.clear();
    invocation.receipt.log_bytes += invocation.receipt.log_dropped_bytes;
    invocation.receipt.log_dropped_bytes = 0;
}

}  // namespace

Result<Microvm> Function::Impl::start(bool trace_syscalls) {
    runtime::MicrovmPlan plan = opened_.plan();
    plan.trace_syscalls = trace_syscalls;
    learned_pages_.add_to(plan.working_set);
    return engine_->start(std::move(plan));
}

Result<void> Function::Impl::prepare(Mode mode) {
    if (mode == Mode::fresh) return {};
    Slot& slot = slot_of(mode);
    const MutexLock lock(slot.mutex);
    if (slot.microvm) return {};
    Microvm microvm = MF_TRY(start(false));
    MF_TRY(microvm.await_ready());
    slot.microvm.emplace(std::move(microvm));
    return {};
}

Result<Invocation> Function::Impl::invoke(std::string_view event, const InvokeOptions& options) {
    const std::uint64_t begin = monotonic_ns();
    MF_TRY(engine_->check_interrupted());
    MF_TRY(check_request_id(options.request_id));
    Request request{event.empty() ? "{}" : event, options, options.mode.value_or(info().mode), begin};
    if (options.trace_syscalls) request.mode = Mode::fresh;  // tracing is chosen when a microVM starts

    Invocation invocation;
    invocation.request_id = options.request_id.empty() ? runtime::random_uuid() : options.request_id;
    invocation.receipt.mode = request.mode;
    invocation.receipt.event_bytes = request.event.size();
    invocation.cause = reason_to_refuse(request.event);
    if (!invocation.cause.empty()) {
        invocation.outcome = Outcome::refused;
    } else if (request.mode == Mode::fresh) {
        invoke_fresh(request, invocation);
    } else {
        invoke_in(slot_of(request.mode), request, invocation);
    }
    if (invocation.outcome == Outcome::host_error) MF_TRY(engine_->check_interrupted());
    invocation.receipt.total_ns = monotonic_ns() - begin;
    return invocation;
}

void Function::Impl::invoke_fresh(const Request& request, Invocation& invocation) {
    invocation.receipt.new_microvm = true;
    auto microvm = start(request.options.trace_syscalls);
    if (!microvm) return host_failed(invocation, microvm.error());
    run(*microvm, request, invocation);
}

// The microVM is in its place again only when all went well.
void Function::Impl::invoke_in(Slot& slot, const Request& request, Invocation& invocation) {
    const MutexLock lock(slot.mutex);
    std::optional<Microvm> microvm = slot.take();
    Receipt& receipt = invocation.receipt;
    if (std::exchange(slot.is_being_reset, false)) {
        const auto reset = microvm->await_reset();
        if (reset) {
            receipt.reset_ns = reset->ns;
            receipt.reset_pages = reset->pages;
        } else {
            engine_->log(LogLevel::debug,
                         "resetting a microVM failed, another takes its place: " + reset.error().message());
            microvm.reset();  // it never saw this event
        }
    }
    Request now = request;
    now.ready_ns = monotonic_ns();
    receipt.queue_ns = now.ready_ns - request.ready_ns;
    receipt.new_microvm = !microvm;
    if (!microvm) {
        auto started = start(false);
        if (!started) return host_failed(invocation, started.error());
        microvm.emplace(std::move(*started));
    }
    if (!run(*microvm, now, invocation))
        return engine_->log(LogLevel::debug, "a microVM is not used again: " + invocation.cause);
    slot.microvm.emplace(std::move(*microvm));
    slot.is_being_reset = now.mode == Mode::pristine;
}

bool Function::Impl::run(Microvm& microvm, const Request& request, Invocation& invocation) {
    runtime::RunRequest run;
    run.event = request.event;
    run.request_id = invocation.request_id;
    run.timeout_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(info().timeout).count());
    run.cpu_time_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(info().cpu_time).count());
    run.reset_after = request.mode == Mode::pristine;
    run.report_written = invocation.receipt.new_microvm && learned_pages_.wants_more();
    run.log_limit_bytes = request.options.log == LogPolicy::none ? 0 : log_budget_.take(monotonic_ns());
    auto stop = microvm.run(run);
    if (!stop) {
        log_budget_.give_back(run.log_limit_bytes);
        host_failed(invocation, stop.error());
        return false;
    }
    complete_receipt(invocation.receipt, *stop, monotonic_ns() - request.ready_ns);

    runtime::Verdict verdict = runtime::verdict_of_invocation(*stop);
    runtime::name_limit(verdict, *stop, {info().timeout, info().cpu_time, info().memory_mb});
    invocation.outcome = verdict.outcome;
    invocation.cause = std::move(verdict.cause);
    const bool is_waiting = stop->reason == runtime::StopReason::waiting;
    if (is_waiting && run.report_written) learned_pages_.note(std::move(stop->written_pages));
    if (is_waiting) invocation.reply = microvm.exchange().copy_reply(stop->reply_length);
    if (is_waiting && invocation.outcome == Outcome::function_error)
        invocation.cause = runtime::describe_function_error(invocation.reply);
    invocation.receipt.reply_bytes = invocation.reply.size();
    take_logs(microvm, *stop, run.log_limit_bytes, request.options.log, invocation);
    return is_waiting;
}

// The process keeps to the limit; one that was taken over may say anything.
void Function::Impl::take_logs(const Microvm& microvm, const runtime::Stop& stop, std::uint64_t limit, LogPolicy policy,
                               Invocation& invocation) {
    const std::uint64_t bytes = std::min(stop.log_bytes, limit);
    log_budget_.give_back(limit - bytes);
    invocation.logs = microvm.exchange().copy_logs(bytes);
    invocation.receipt.log_bytes = text_bytes(invocation.logs);
    invocation.receipt.log_dropped_bytes += stop.log_bytes - bytes;
    if (policy == LogPolicy::none) hide_logs(invocation);
    if (policy == LogPolicy::tail) runtime::keep_tail(invocation.logs, runtime::LogBudget::kTailBytes);
}

Function::Function(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Result<Invocation> Function::invoke(std::string_view event, const InvokeOptions& options) {
    return runtime::unless_out_of_memory([&] { return impl_->invoke(event, options); });
}
Result<void> Function::prepare(Mode mode) {
    return runtime::unless_out_of_memory([&] { return impl_->prepare(mode); });
}
const FunctionInfo& Function::info() const { return impl_->info(); }

}  // namespace mayfly
