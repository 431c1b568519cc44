#include "microvm/messages.h"

#include <algorithm>

namespace mayfly::microvm {
namespace {

control::StopReason to_message(vmm::StopReason reason) {
    switch (reason) {
    case vmm::StopReason::waiting: return control::STOP_WAITING;
    case vmm::StopReason::exited: return control::STOP_EXITED;
    case vmm::StopReason::panic: return control::STOP_PANIC;
    case vmm::StopReason::crashed: return control::STOP_CRASHED;
    case vmm::StopReason::timed_out: return control::STOP_TIMED_OUT;
    case vmm::StopReason::out_of_memory: return control::STOP_OUT_OF_MEMORY;
    case vmm::StopReason::host_error: return control::STOP_HOST_ERROR;
    }
    return control::STOP_UNSPECIFIED;
}

}  // namespace

Result<vmm::CpuState> from_message(const control::CpuState& message) {
    vmm::CpuState cpu;
    if (message.general_size() != static_cast<int>(cpu.general.size()))
        return fail(ErrorCode::corrupt,
                    "a CPU state has " + std::to_string(message.general_size()) + " general registers instead of 15");
    std::copy(message.general().begin(), message.general().end(), cpu.general.begin());
    cpu.rip = message.rip();
    cpu.rsp = message.rsp();
    cpu.rflags = message.rflags();
    cpu.cr3 = message.cr3();
    cpu.fs_base = message.fs_base();
    cpu.gs_base = message.gs_base();
    cpu.gdt = message.gdt();
    cpu.idt = message.idt();
    cpu.tss = message.tss();
    cpu.syscall_entry = message.syscall_entry();
    cpu.xcr0 = message.xcr0();
    cpu.tick_period_ns = message.tick_period_ns();
    return cpu;
}

void to_message(const vmm::CpuState& cpu, control::CpuState& message) {
    message.set_rip(cpu.rip);
    message.set_rsp(cpu.rsp);
    message.set_rflags(cpu.rflags);
    message.set_cr3(cpu.cr3);
    message.mutable_general()->Assign(cpu.general.begin(), cpu.general.end());
    message.set_fs_base(cpu.fs_base);
    message.set_gs_base(cpu.gs_base);
    message.set_gdt(cpu.gdt);
    message.set_idt(cpu.idt);
    message.set_tss(cpu.tss);
    message.set_syscall_entry(cpu.syscall_entry);
    message.set_xcr0(cpu.xcr0);
    message.set_tick_period_ns(cpu.tick_period_ns);
}

std::vector<snapshot::Extent> from_message(const control::Layer& message) {
    std::vector<snapshot::Extent> extents;
    extents.reserve(static_cast<std::size_t>(message.extents_size()));
    for (const control::Extent& extent : message.extents())
        extents.push_back({extent.ram_offset(), extent.file_offset(), extent.bytes()});
    return extents;
}

void to_message(const std::vector<snapshot::Extent>& extents, control::Layer& message) {
    for (const snapshot::Extent& extent : extents) {
        control::Extent& added = *message.add_extents();
        added.set_ram_offset(extent.ram_offset);
        added.set_file_offset(extent.file_offset);
        added.set_bytes(extent.bytes);
    }
}

Result<abi::EventKind> from_message(control::EventKind kind) {
    switch (kind) {
    case control::EVENT_NONE: return abi::EventKind::none;
    case control::EVENT_BOOT: return abi::EventKind::boot;
    case control::EVENT_LOAD: return abi::EventKind::load;
    case control::EVENT_INVOKE: return abi::EventKind::invoke;
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
}

void to_message(const Error& error, control::Failed& message) {
    message.set_code(static_cast<std::uint32_t>(error.code));
    message.set_what(error.what);
    message.set_sys_errno(error.sys_errno);
}

}  // namespace mayfly::microvm
