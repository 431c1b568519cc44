#include "microvm/messages.h"

namespace mayfly::microvm {
namespace {

control::StopReason to_message(vmm::StopReason reason) {
    switch (reason) {
    case vmm::StopReason::waiting: return control::STOP_WAITING;
    case vmm::StopReason::exited: return control::STOP_EXITED;
    case vmm::StopReason::panic: return control::STOP_PANIC;
    case vmm::StopReason::crashed: return control::STOP_CRASHED;
    case vmm::StopReason::timed_out: return control::STOP_TIMED_OUT;
    case vmm::StopReason::out_of_cpu_time: return control::STOP_OUT_OF_CPU_TIME;
    case vmm::StopReason::out_of_memory: return control::STOP_OUT_OF_MEMORY;
    case vmm::StopReason::host_error: return control::STOP_HOST_ERROR;
    }
    return control::STOP_UNSPECIFIED;
}

}  // namespace

Result<abi::EventKind> from_message(control::EventKind kind) {
    switch (kind) {
    case control::EVENT_NONE: return abi::EventKind::none;
    case control::EVENT_BOOT: return abi::EventKind::boot;
    case control::EVENT_LOAD: return abi::EventKind::load;
    case control::EVENT_INVOKE: return abi::EventKind::invoke;
    case control::EVENT_REHEARSE: return abi::EventKind::rehearse;
    case control::EVENT_PRACTISE: return abi::EventKind::practise;
    case control::EVENT_TOUCH: return abi::EventKind::touch;
    default: return fail(ErrorCode::usage, "unknown kind of event");
    }
}

void to_message(const vmm::Stop& stop, control::Stopped& message) {
    message.set_reason(to_message(stop.reason));
    message.set_detail(stop.detail);
    message.set_reply_status(static_cast<std::uint32_t>(stop.reply_status));
    message.set_reply_length(stop.reply_length);
    message.set_exit_status(stop.exit_status);
    message.set_log_bytes(stop.log_bytes);
    message.set_log_dropped(stop.log_dropped);
    control::Counters& counters = *message.mutable_counters();
    counters.set_run_ns(stop.counters.run_ns);
    counters.set_cpu_ns(stop.counters.cpu_ns);
    counters.set_exits(stop.counters.exits);
    counters.set_host_faults(stop.counters.host_faults);
    counters.set_memory_peak_bytes(stop.mailbox.memory_peak_bytes);
    counters.set_syscalls(stop.mailbox.syscalls);
    counters.set_unknown_syscalls(stop.mailbox.unknown_syscalls);
    counters.set_page_faults(stop.mailbox.page_faults);
    counters.set_tmp_peak_bytes(stop.mailbox.tmp_peak_bytes);
    counters.set_threads_peak(stop.mailbox.threads_peak);
    counters.set_files_peak(stop.mailbox.files_peak);
    counters.set_event_taken_ns(stop.counters.event_taken_ns);
    counters.set_reply_given_ns(stop.counters.reply_given_ns);
    counters.set_exits_idle(stop.counters.exits_by_reason.idle);
    counters.set_exits_log(stop.counters.exits_by_reason.log);
    counters.set_exits_tick(stop.counters.exits_by_reason.tick);
    counters.set_exits_input(stop.counters.exits_by_reason.input);
    counters.set_exits_memory(stop.counters.exits_by_reason.memory);
    counters.set_exits_interrupted(stop.counters.exits_by_reason.interrupted);
}

void to_message(const Error& error, control::Failed& message) {
    message.set_code(static_cast<std::uint32_t>(error.code));
    message.set_what(error.what);
    message.set_sys_errno(error.sys_errno);
}

}  // namespace mayfly::microvm
