// Makes system calls cost a jump instead of a trap, which takes more than a microsecond where KVM emulates ring 0.
// The kernel is in the program's own address space, so all a call needs is a way there: where SYSCALL traps
// again and again, the code in front of it is led (syscall/detour.h) to a slot of a page of the kernel's beside the
// program's, "[syscalls]" in /proc/self/maps. A slot has the moved instructions and a jump into the kernel.
#pragma once

#include "guest/arch/trap_frame.h"
#include "guest/lib/vector.h"
#include "guest/mm/address_space.h"

namespace mayfly::guest {

class SyscallDetours {
public:
    explicit SyscallDetours(AddressSpace& space) : space_(space) {}

    // The SYSCALL at `site` trapped. Not counted while an event runs: what it changed would be reset.
    void count_trap(u64 site, u64 number);
    // Before a snapshot: whatever was counted gets its detour now.
    void settle();
    // Moved code was interrupted: RIP shows where the program has it, which may be anything's business from now on.
    void leave(TrapFrame& frame) const;

private:
    // A system call that trapped. The table forgets: it is for those that come often.
    struct Counter {
        u64 site = 0;
        u32 traps = 0;
    };
    struct Slot {
        u64 start = 0;  // in the program
        u64 moved_bytes = 0;
    };
    // A page of slots.
    struct Area {
        u64 address = 0;
        Vector<Slot> slots;
    };
    struct Patch;

    bool detour(u64 site);
    ErrnoOr<Patch> plan(u64 site) const;
    ErrnoOr<u64> fill_slot(const Patch& patch);
    ErrnoOr<Area*> area_near(u64 site);
    ErrnoOr<void> add_area(u64 site);

    static constexpr usize kCounters = 128;

    AddressSpace& space_;
    Counter counters_[kCounters];
    Vector<Area> areas_;
};

}  // namespace mayfly::guest
