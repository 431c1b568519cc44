#include "microvm/state_messages.h"

#include <algorithm>

namespace mayfly::microvm {

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
    cpu.plugged_ram_bytes = message.plugged_ram_bytes();
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
    message.set_plugged_ram_bytes(cpu.plugged_ram_bytes);
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

}  // namespace mayfly::microvm
