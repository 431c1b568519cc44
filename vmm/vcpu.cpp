#include "vmm/vcpu.h"

#include <sys/ioctl.h>

#include <array>
#include <cstring>

#include "vmm/clock.h"
#include "vmm/kvm.h"
#include "vmm/kvm_ioctls.h"
#include "vmm/segments.h"
#include "vmm/vm.h"

namespace mayfly::vmm {
namespace {

// A bit of CR3 that means nothing for ordinary memory. KVM flushes and synchronises translations only when
// CR3 changes; the guest may leave some behind that no page table shows (TLB entries, shadows out of step).
constexpr std::uint64_t kCr3Tag = 1u << 3;  // page-level write-through

constexpr std::uint64_t kSynced = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;

// struct kvm_msrs with room for its flexible array.
struct MsrTable {
    std::uint32_t count;
    std::uint32_t padding;
    std::array<kvm_msr_entry, 5> entries;
};
static_assert(offsetof(MsrTable, entries) == 8);

Result<void> set_cpuid(const UniqueFd& vcpu, Cpuid cpuid) {
    cpuid.restrict_to_microvm();
    MF_TRY(kvm_call(vcpu, kSetCpuid2, cpuid.kvm_table(), "KVM_SET_CPUID2"));
    return {};
}

Result<void> set_xcr0(const UniqueFd& vcpu, std::uint64_t xcr0) {
    if (xcr0 == 0) return {};
    kvm_xcrs registers{};
    registers.nr_xcrs = 1;
    registers.xcrs[0].value = xcr0;
    MF_TRY(kvm_call(vcpu, KVM_SET_XCRS, &registers, "KVM_SET_XCRS"));
    return {};
}

Result<void> set_msr(const UniqueFd& vcpu, std::uint32_t index, std::uint64_t value) {
    MsrTable table{};
    table.count = 1;
    table.entries[0] = {index, 0, value};
    MF_TRY(kvm_call(vcpu, kSetMsrs, &table, "KVM_SET_MSRS"));
    return {};
}

// Makes the guest's time stamp counter the host's: exactly by an attribute (Linux 5.16), else as near as
// a write can be. PVM guests read the host's anyway.
Result<void> share_host_tsc(const UniqueFd& vcpu) {
    constexpr std::uint32_t kTscMsr = 0x10;
    std::uint64_t no_offset = 0;
    kvm_device_attr attribute{};
    attribute.group = KVM_VCPU_TSC_CTRL;
    attribute.attr = KVM_VCPU_TSC_OFFSET;
    attribute.addr = reinterpret_cast<std::uintptr_t>(&no_offset);  // KVM takes a number
    if (::ioctl(vcpu.get(), KVM_HAS_DEVICE_ATTR, &attribute) != 0) return set_msr(vcpu, kTscMsr, read_tsc());
    MF_TRY(kvm_call(vcpu, KVM_SET_DEVICE_ATTR, &attribute, "KVM_SET_DEVICE_ATTR(KVM_VCPU_TSC_OFFSET)"));
    return {};
}

}  // namespace

Result<Vcpu> Vcpu::create(const Kvm& kvm, const Vm& vm, const Cpuid& supported) {
    UniqueFd fd{MF_TRY(kvm_call(vm.fd(), KVM_CREATE_VCPU, 0ul, "KVM_CREATE_VCPU"))};
    auto run = MF_TRY(Mapping::of(fd, kvm.run_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED));
    MF_TRY(set_cpuid(fd, supported));
    MF_TRY(share_host_tsc(fd));

    Vcpu vcpu{std::move(fd), std::move(run), control_registers(supported)};
    vcpu.emulates_ring0_ = backend_that_supports(supported) == Backend::pvm;
    MF_TRY(vcpu.remember_initial_state(kvm));
    return vcpu;
}

Result<void> Vcpu::remember_initial_state(const Kvm& kvm) {
    MF_TRY(kvm_call(fd_, KVM_GET_SREGS, &initial_, "KVM_GET_SREGS"));
    initial_.cr0 = control_.cr0;
    initial_.cr2 = 0;
    initial_.cr4 = control_.cr4;
    initial_.cr8 = 0;
    initial_.efer = control_.efer;
    initial_.cs = user_code_segment();
    initial_.ds = initial_.es = initial_.fs = initial_.gs = initial_.ss = user_data_segment();
    initial_.ldt = no_segment();
    initial_.gdt.limit = abi::kGdtBytes - 1;
    initial_.idt.limit = abi::kIdtBytes - 1;
    std::memset(initial_.interrupt_bitmap, 0, sizeof initial_.interrupt_bitmap);

    shared().kvm_valid_regs = kSynced;
    has_debug_registers_ = kvm.capability(KVM_CAP_DEBUGREGS) != 0;

    const int khz = kvm.capability(KVM_CAP_GET_TSC_KHZ) != 0 ? ::ioctl(fd_.get(), KVM_GET_TSC_KHZ, 0) : 0;
    tsc_khz_ = khz > 0 ? static_cast<std::uint64_t>(khz) : measure_tsc_khz();
    return {};
}

bool Vcpu::takes_control_registers() const {
    kvm_sregs registers = initial_;
    return ::ioctl(fd_.get(), KVM_SET_SREGS, &registers) == 0 && set_xcr0(fd_, control_.xcr0);
}

Result<void> Vcpu::set_state(const CpuState& state) {
    set_synced_registers(state);
    forget_translations();
    expected_ = state;
    has_seen_ = false;
    MF_TRY(set_privileged_state(state));
    return reset_vector_registers();
}

Result<Traces> Vcpu::go_back(const CpuState& state) {
    const Traces traces = find_traces();
    if (traces.privileged_state) {
        MF_TRY(complete_io());
        MF_TRY(set_privileged_state(state));
    }
    set_synced_registers(state);
    if (traces.translations) forget_translations();
    expected_ = state;
    MF_TRY(reset_vector_registers());
    return traces;
}

// Where KVM emulates ring 0 it counts each instruction there. A run in which the OUT of its doorbell, at
// CPL 3, was the only one never was in ring 0; and KVM's emulator finishes an OUT before the exit. Nor can a
// translation be made, or an entry of a shadowed page table be written, without a page fault that KVM takes:
// forget_translations() leaves every shadow in step and write-protected.
Traces Vcpu::find_traces() {
    if (!emulates_ring0_) return {};
    if (!statistics_) {
        auto opened = VcpuStatistics::open(fd_);
        emulates_ring0_ = opened.has_value();  // without the counts it is of no use to know
        if (!opened) return {};
        statistics_ = std::move(*opened);
    }
    const auto now = statistics_.read();
    const bool had_seen = std::exchange(has_seen_, now.has_value());
    if (!now) return {};
    const VcpuCounts before = std::exchange(seen_, *now);
    if (!had_seen) return {};
    const bool was_in_ring0 = now->instructions_emulated - before.instructions_emulated != 1;
    return {was_in_ring0, was_in_ring0 || now->page_faults != before.page_faults};
}

void Vcpu::set_synced_registers(const CpuState& state) {
    kvm_sync_regs& synced = shared().s.regs;
    const auto& [rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15] = state.general;
    synced.regs = {rax, rbx, rcx, rdx, rsi, rdi, state.rsp, rbp,       r8,
                   r9,  r10, r11, r12, r13, r14, r15,       state.rip, state.rflags};
    synced.sregs = initial_;
    synced.sregs.cr3 = state.cr3 | cr3_tag_;
    synced.sregs.fs.base = state.fs_base;
    synced.sregs.gs.base = state.gs_base;
    synced.sregs.gdt.base = state.gdt;
    synced.sregs.idt.base = state.idt;
    synced.sregs.tr = task_segment(state.tss);
    synced.events = {};
    synced.events.flags = KVM_VCPUEVENT_VALID_SHADOW;
    shared().kvm_dirty_regs = kSynced;
}

void Vcpu::forget_translations() {
    cr3_tag_ ^= kCr3Tag;
    shared().s.regs.sregs.cr3 ^= kCr3Tag;
}

Result<void> Vcpu::set_privileged_state(const CpuState& state) {
    MF_TRY(set_xcr0(fd_, control_.xcr0));
    MF_TRY(set_msrs(state.syscall_entry));
    return reset_debug_registers();
}

// SWAPGS changes KERNEL_GS_BASE without WRMSR, so no MSR filter stops a guest from keeping a word there.
Result<void> Vcpu::set_msrs(std::uint64_t syscall_entry) {
    constexpr std::uint32_t kStarMsr = 0xc000'0081;  // AMD64 APM volume 2, appendix A
    constexpr std::uint32_t kLstarMsr = 0xc000'0082;
    constexpr std::uint32_t kCstarMsr = 0xc000'0083;
    constexpr std::uint32_t kSfmaskMsr = 0xc000'0084;
    constexpr std::uint32_t kKernelGsBaseMsr = 0xc000'0102;

    MsrTable table{};
    table.entries = {kvm_msr_entry{kStarMsr, 0, abi::kStar}, kvm_msr_entry{kLstarMsr, 0, syscall_entry},
                     kvm_msr_entry{kCstarMsr, 0, 0}, kvm_msr_entry{kSfmaskMsr, 0, abi::kSyscallMask},
                     kvm_msr_entry{kKernelGsBaseMsr, 0, 0}};
    table.count = table.entries.size();
    const int written = MF_TRY(kvm_call(fd_, kSetMsrs, &table, "KVM_SET_MSRS"));
    if (written != static_cast<int>(table.count))
        return fail(ErrorCode::kvm, "KVM_SET_MSRS took only " + std::to_string(written) + " registers");
    return {};
}

// Vector registers start as the processor leaves them at reset (XSTATE_BV 0 means initial values); the
// guest kernel keeps the contents that matter in its own memory.
Result<void> Vcpu::reset_vector_registers() {
    struct Area {
        std::array<std::uint32_t, 1024> words;  // kvm_xsave::region
    };
    Area area{};
    area.words[0] = 0x37f;   // FCW: all x87 exceptions masked
    area.words[6] = 0x1f80;  // MXCSR: all SSE exceptions masked
    MF_TRY(kvm_call(fd_, kSetXsave, &area, "KVM_SET_XSAVE"));
    return {};
}

Result<void> Vcpu::reset_debug_registers() {
    if (!has_debug_registers_) return {};
    kvm_debugregs registers{};
    registers.dr6 = 0xffff'0ff0;  // Intel SDM volume 3, section 17.2: values after reset
    registers.dr7 = 0x400;
    MF_TRY(kvm_call(fd_, KVM_SET_DEBUGREGS, &registers, "KVM_SET_DEBUGREGS"));
    return {};
}

CpuState Vcpu::state() const {
    const kvm_regs& regs = registers();
    const kvm_sregs& sregs = special_registers();
    CpuState state;
    state.rip = regs.rip;
    state.rsp = regs.rsp;
    state.rflags = regs.rflags;
    state.cr3 = sregs.cr3 & ~kCr3Tag;
    state.general = {regs.rax, regs.rbx, regs.rcx, regs.rdx, regs.rsi, regs.rdi, regs.rbp, regs.r8,
                     regs.r9,  regs.r10, regs.r11, regs.r12, regs.r13, regs.r14, regs.r15};
    state.fs_base = sregs.fs.base;
    state.gs_base = sregs.gs.base;
    state.gdt = sregs.gdt.base;
    state.idt = sregs.idt.base;
    state.tss = sregs.tr.base;
    state.syscall_entry = expected_.syscall_entry;
    state.xcr0 = control_.xcr0;
    return state;
}

Result<Exit> Vcpu::run() {
    if (::ioctl(fd_.get(), KVM_RUN, 0) == 0) return decode_exit(run_.bytes());
    if (errno == EINTR || errno == EAGAIN) return Exit{Interrupted{}};
    return fail_errno(ErrorCode::kvm, "KVM_RUN");
}

Result<void> Vcpu::complete_io() {
    shared().immediate_exit = 1;
    const int result = ::ioctl(fd_.get(), KVM_RUN, 0);
    const int error = errno;
    shared().immediate_exit = 0;
    if (result < 0 && error == EINTR) return {};
    if (result == 0) return fail(ErrorCode::kvm, "KVM ran the guest although it was told not to");
    errno = error;
    return fail_errno(ErrorCode::kvm, "KVM_RUN (completing an OUT)");
}

bool Vcpu::can_take_interrupt() const {
    const kvm_run& run = shared();
    const kvm_vcpu_events& events = run.s.regs.events;
    return run.ready_for_interrupt_injection != 0 && run.if_flag != 0 && events.exception.injected == 0 &&
           events.exception.pending == 0 && events.interrupt.injected == 0 && events.nmi.injected == 0;
}

Result<void> Vcpu::interrupt(std::uint8_t vector) {
    kvm_interrupt request{};
    request.irq = vector;
    MF_TRY(kvm_call(fd_, KVM_INTERRUPT, &request, "KVM_INTERRUPT"));
    return {};
}

std::string Vcpu::tampering() const {
    const kvm_sregs& now = special_registers();
    if (now.cr0 != control_.cr0) return "CR0";
    if (now.cr4 != control_.cr4) return "CR4";
    if (now.efer != control_.efer) return "EFER";
    if (now.gdt.base != expected_.gdt || now.gdt.limit != initial_.gdt.limit) return "GDTR";
    if (now.idt.base != expected_.idt || now.idt.limit != initial_.idt.limit) return "IDTR";
    if (now.tr.base != expected_.tss || now.tr.selector != abi::kTssSelector) return "TR";
    if (now.cs.selector != abi::kUserCs || now.ss.selector != abi::kUserSs) return "CS or SS";
    return {};
}

kvm_run* Vcpu::shared_area() const { return &shared(); }

// KVM lays a kvm_run at the start of the area it maps for a vCPU.
kvm_run& Vcpu::shared() const { return *reinterpret_cast<kvm_run*>(run_.data()); }

}  // namespace mayfly::vmm
