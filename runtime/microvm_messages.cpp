#include "runtime/microvm_messages.h"

#include <algorithm>

#include "abi/layout.h"

namespace mayfly::runtime {
namespace {

void to_message(const snapshot::CpuState& cpu, control::CpuState& out) {
    out.set_rip(cpu.rip);
    out.set_rsp(cpu.rsp);
    out.set_rflags(cpu.rflags);
    out.set_cr3(cpu.cr3);
    for (const std::uint64_t value : cpu.general) out.add_general(value);
    out.set_fs_base(cpu.fs_base);
    out.set_gs_base(cpu.gs_base);
    out.set_gdt(cpu.gdt);
    out.set_idt(cpu.idt);
    out.set_tss(cpu.tss);
    out.set_syscall_entry(cpu.syscall_entry);
    out.set_xcr0(cpu.xcr0);
    out.set_tick_period_ns(cpu.tick_period_ns);
}

Result<snapshot::CpuState> from_message(const control::CpuState& in) {
    snapshot::CpuState cpu;
    if (in.general_size() != static_cast<int>(cpu.general.size()))
        return fail(ErrorCode::microvm, "the microVM process sent another number of registers");
    cpu.rip = in.rip();
    cpu.rsp = in.rsp();
    cpu.rflags = in.rflags();
    cpu.cr3 = in.cr3();
    std::copy(in.general().begin(), in.general().end(), cpu.general.begin());
    cpu.fs_base = in.fs_base();
    cpu.gs_base = in.gs_base();
    cpu.gdt = in.gdt();
    cpu.idt = in.idt();
    cpu.tss = in.tss();
    cpu.syscall_entry = in.syscall_entry();
    cpu.xcr0 = in.xcr0();
    cpu.tick_period_ns = in.tick_period_ns();
    return cpu;
}

void to_message(const MicrovmPlan::Window& window, control::Window& out) {
    out.set_bytes(window.bytes);
    out.set_mount_path(window.mount_path);
}

control::EventKind kind_of(EventKind kind) {
    switch (kind) {
    case EventKind::boot: return control::EVENT_BOOT;
    case EventKind::load: return control::EVENT_LOAD;
    case EventKind::invoke: return control::EVENT_INVOKE;
    }
    return control::EVENT_NONE;
}

StopReason reason_of(control::StopReason reason) {
    switch (reason) {
    case control::STOP_WAITING: return StopReason::waiting;
    case control::STOP_EXITED: return StopReason::exited;
    case control::STOP_PANIC: return StopReason::panic;
    case control::STOP_CRASHED: return StopReason::crashed;
    case control::STOP_TIMED_OUT: return StopReason::timed_out;
    case control::STOP_OUT_OF_MEMORY: return StopReason::out_of_memory;
    default: return StopReason::host_error;
    }
}

Receipt used_of(const control::Stopped& in) {
    Receipt used;
    const control::Counters& counters = in.counters();
    used.run_ns = counters.run_ns();
    used.cpu_ns = counters.cpu_ns();
    used.exits = counters.exits();
    used.host_faults = counters.host_faults();
    used.private_pages = counters.private_pages();
    used.memory_peak_bytes = std::min(counters.memory_peak_bytes(), abi::kMaxRamBytes);
    used.syscalls = counters.syscalls();
    used.unknown_syscalls = counters.unknown_syscalls();
    used.page_faults = counters.page_faults();
    used.log_dropped_bytes = in.log_dropped();
    return used;
}

}  // namespace

void to_message(const MicrovmPlan& plan, control::Start& out) {
    out.set_ram_bytes(plan.ram_bytes);
    for (const MicrovmPlan::Window& window : plan.windows) to_message(window, *out.add_windows());
    if (plan.cpu) to_message(*plan.cpu, *out.mutable_cpu());
    for (const MicrovmPlan::Layer& layer : plan.layers) {
        control::Layer& entry = *out.add_layers();
        for (const snapshot::Extent& extent : layer.extents) {
            control::Extent& part = *entry.add_extents();
            part.set_ram_offset(extent.ram_offset);
            part.set_file_offset(extent.file_offset);
            part.set_bytes(extent.bytes);
        }
    }
    out.set_has_input(plan.input >= 0);
    out.set_trace_syscalls(plan.trace_syscalls);
    for (const std::uint64_t frame : plan.page_table_frames) out.add_page_table_frames(frame);
    out.set_monotonic_ns(plan.monotonic_ns);
}

void to_message(const RunRequest& request, control::Run& out) {
    out.set_event(kind_of(request.kind));
    out.set_event_length(static_cast<std::uint32_t>(request.event.size()));
    out.set_request_id(std::string(request.request_id));
    out.set_timeout_ns(request.timeout_ns);
    out.set_reset_after(request.reset_after);
    out.set_stream_output(static_cast<bool>(request.output));
    out.set_log_limit_bytes(request.log_limit_bytes);
    for (const MicrovmPlan::Window& window : request.new_windows) to_message(window, *out.add_new_windows());
    out.set_ram_bytes(request.ram_bytes);
}

Stop from_message(const control::Stopped& in) {
    Stop stop;
    stop.reason = reason_of(in.reason());
    stop.detail = printable(in.detail());
    stop.reply_status = in.reply_status();
    stop.reply_length = std::min<std::uint64_t>(in.reply_length(), abi::kMaxPayloadBytes);
    stop.exit_status = in.exit_status();
    stop.log_bytes = std::min(in.log_bytes(), abi::kLogBytes);
    stop.used = used_of(in);
    return stop;
}

Result<CapturedState> from_message(const control::Captured& in) {
    CapturedState captured;
    captured.cpu = MF_TRY(from_message(in.cpu()));
    for (const control::Extent& extent : in.layer().extents())
        captured.extents.push_back({extent.ram_offset(), extent.file_offset(), extent.bytes()});
    captured.page_table_frames.assign(in.page_table_frames().begin(), in.page_table_frames().end());
    captured.monotonic_ns = in.monotonic_ns();
    return captured;
}

Error from_message(const control::Failed& in) {
    const bool is_known = in.code() <= static_cast<std::uint32_t>(ErrorCode::internal);
    return {is_known ? static_cast<ErrorCode>(in.code()) : ErrorCode::microvm, printable(in.what()), in.sys_errno()};
}

std::string printable(std::string_view text) {
    constexpr std::size_t kLongest = 1000;
    std::string shown(text.substr(0, kLongest));
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
    return shown;
}

}  // namespace mayfly::runtime
