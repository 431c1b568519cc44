// One KVM virtual machine: its memory slots and what guests may not do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/mapping.h"
#include "base/unique_fd.h"
#include "vmm/guest_memory.h"

namespace mayfly::vmm {

class Kvm;

enum class SlotAccess { read_write, read_only };

struct Slot {
    std::uint32_t number = 0;
    GuestAddress base{};
    HostRange memory{};
    SlotAccess access = SlotAccess::read_only;
};

class Vm {
public:
    static Result<Vm> create(const Kvm& kvm);

    const UniqueFd& fd() const { return fd_; }

    // Shows host memory to the guest. Both must be page-aligned; the memory must outlive the VM.
    Result<Slot> add_slot(GuestAddress base, HostRange memory, SlotAccess access);
    // Shows more memory behind that of a slot: `memory` begins with it. The guest does not run meanwhile.
    Result<void> grow_slot(Slot& slot, HostRange memory);

    // Makes KVM forget every translation it derived from guest page tables. Needed after the host
    // changed a page table behind KVM's back, which KVM can't see.
    Result<void> drop_translations();

private:
    Vm(UniqueFd fd, Mapping dummy) : fd_(std::move(fd)), dummy_(std::move(dummy)) {}
    Result<void> set_slot(std::uint32_t number, GuestAddress base, HostRange memory, SlotAccess access);
    Result<void> delete_slot(std::uint32_t number);

    UniqueFd fd_;
    Mapping dummy_;  // the page behind the slot that drop_translations() deletes
    std::uint32_t next_slot_ = 1;
};

}  // namespace mayfly::vmm
