#include "vmm/vm.h"

#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "abi/layout.h"
#include "vmm/kvm.h"

namespace mayfly::vmm {
namespace {

constexpr std::uint32_t kDummySlot = 0;
// Far above every part of the machine (abi/layout.h), below the 46 bits every processor of ours has.
constexpr GuestAddress kDummyBase{0x200'0000'0000};
static_assert(value_of(kDummyBase) > abi::kWindowBase + abi::kMaxWindows * abi::kMaxWindowBytes);

// Without this KVM rewrites a VMCALL or VMMCALL of the other vendor in guest memory, and where it can't
// write it runs the instruction for ever. With it they raise #UD.
Result<void> disable_quirks(const Kvm& kvm, const UniqueFd& vm) {
    if ((kvm.capability(KVM_CAP_DISABLE_QUIRKS2) & KVM_X86_QUIRK_FIX_HYPERCALL_INSN) == 0) return {};
    kvm_enable_cap enable{};
    enable.cap = KVM_CAP_DISABLE_QUIRKS2;
    enable.args[0] = KVM_X86_QUIRK_FIX_HYPERCALL_INSN;
    MF_TRY(kvm_call(vm, KVM_ENABLE_CAP, &enable, "KVM_ENABLE_CAP(DISABLE_QUIRKS2)"));
    return {};
}

// Every RDMSR and WRMSR of the guest raises #GP. A filter needs at least one range (api.rst,
// KVM_X86_SET_MSR_FILTER), so the first 64 MSRs are denied by a bitmap of zeroes.
Result<void> deny_msrs(const Kvm& kvm, const UniqueFd& vm) {
    if (kvm.capability(KVM_CAP_X86_MSR_FILTER) == 0) return {};
    std::uint64_t nothing_allowed = 0;
    kvm_msr_filter filter{};
    filter.flags = KVM_MSR_FILTER_DEFAULT_DENY;
    filter.ranges[0].flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE;
    filter.ranges[0].nmsrs = 64;
    filter.ranges[0].bitmap = reinterpret_cast<__u8*>(&nothing_allowed);  // KVM reads bytes
    MF_TRY(kvm_call(vm, KVM_X86_SET_MSR_FILTER, &filter, "KVM_X86_SET_MSR_FILTER"));
    return {};
}

}  // namespace

Result<Vm> Vm::create(const Kvm& kvm) {
    UniqueFd fd{MF_TRY(kvm_call(kvm.fd(), KVM_CREATE_VM, 0ul, "KVM_CREATE_VM"))};
    MF_TRY(disable_quirks(kvm, fd));
    MF_TRY(deny_msrs(kvm, fd));
    auto dummy = MF_TRY(Mapping::anonymous(abi::kPageSize));
    return Vm{std::move(fd), std::move(dummy)};
}

Result<Slot> Vm::add_slot(GuestAddress base, HostRange memory, SlotAccess access) {
    MF_TRY(set_slot(next_slot_, base, memory, access));
    return Slot{next_slot_++, base, memory, access};
}

// KVM changes no slot's size: it must be deleted, and made again.
Result<void> Vm::grow_slot(Slot& slot, HostRange memory) {
    MF_TRY(delete_slot(slot.number));
    MF_TRY(set_slot(slot.number, slot.base, memory, slot.access));
    slot.memory = memory;
    return {};
}

// KVM drops all shadow pages of a VM when a slot is deleted, whichever slot it is.
Result<void> Vm::drop_translations() {
    MF_TRY(set_slot(kDummySlot, kDummyBase, host_range(dummy_.bytes()), SlotAccess::read_only));
    return delete_slot(kDummySlot);
}

Result<void> Vm::set_slot(std::uint32_t number, GuestAddress base, HostRange memory, SlotAccess access) {
    kvm_userspace_memory_region region{};
    region.slot = number;
    region.flags = access == SlotAccess::read_only ? std::uint32_t{KVM_MEM_READONLY} : 0;
    region.guest_phys_addr = value_of(base);
    region.memory_size = memory.bytes;
    region.userspace_addr = memory.address;
    MF_TRY(kvm_call(fd_, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION"));
    return {};
}

Result<void> Vm::delete_slot(std::uint32_t number) {
    kvm_userspace_memory_region region{};
    region.slot = number;
    MF_TRY(kvm_call(fd_, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION (delete)"));
    return {};
}

}  // namespace mayfly::vmm
