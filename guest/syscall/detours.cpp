#include "guest/syscall/detours.h"

#include <asm/unistd_64.h>

#include <cstring>

#include "guest/arch/control.h"
#include "guest/arch/cpu.h"
#include "guest/exec/function_bounds.h"
#include "guest/mm/frames.h"
#include "guest/mm/page_table.h"
#include "guest/syscall/detour.h"

namespace mayfly::guest {

// entry.S: where a slot jumps to, and a place in the top 2 GiB of the address space that says so.
extern "C" const u64 syscall_call_address;

struct SyscallDetours::Patch {
    u64 start = 0;  // of the instruction that gives way
    usize moved_bytes = 0;
    u64 gap = 0;  // 0: none is needed
    u8 moved[kMaxMovedBytes];
};

namespace {

constexpr u64 kSyscallBytes = 2;
constexpr usize kSlotBytes = 64;
constexpr usize kSlots = kPageSize / kSlotBytes;
constexpr u64 kDebugVector = 1;
constexpr u64 kReach = 1ull << 30;  // of a near jump, and to spare
// A detour costs as much as some twenty traps: a page is copied and its translation flushed.
constexpr u32 kTrapsUntilDetour = 16;
constexpr u32 kSettled = ~0u;
constexpr u64 kLongestFunction = 16 << 10;
constexpr u64 kLongestGap = 64;  // longer ones hold code that .eh_frame does not know

// A mapped file, by the pages it consists of.
class ObjectReader final : public FileReader {
public:
    explicit ObjectReader(MemoryObject& object) : object_(object) {}

    ErrnoOr<void> read(u64 offset, void* to, usize bytes) override {
        auto* out = static_cast<std::byte*>(to);
        while (bytes > 0) {
            const PhysAddr frame = MF_TRY(object_.page(offset / kPageSize, false));
            const u64 within = offset % kPageSize;
            const usize part = bytes < kPageSize - within ? bytes : kPageSize - within;
            std::memcpy(out, frame_bytes(frame) + within, part);
            out += part;
            offset += part;
            bytes -= part;
        }
        return {};
    }

private:
    MemoryObject& object_;
};

bool is_program_text(const Region* region) {
    return region != nullptr && region->object && region->protection.execute && !region->protection.write &&
           !region->shared;
}

bool stays_in_page(u64 address, u64 bytes) { return address % kPageSize + bytes <= kPageSize; }

// The program may have changed its memory since it was mapped.
bool is_unchanged(u64 address, std::span<const u8> original) {
    u8 now[kMaxMovedBytes + kSyscallBytes];
    return copy_from_user(now, UserAddr{address}, original.size()).has_value() &&
           std::memcmp(now, original.data(), original.size()) == 0;
}

// After writing code: the processor may have read ahead what was there (SDM 3A, 8.1.3); IRET serializes.
void forget_fetched_code() {
    u64 scratch;
    asm volatile(
        "mov %%ss, %0; push %0; lea 8(%%rsp), %0; push %0; pushfq; mov %%cs, %0; push %0; lea 1f(%%rip), %0; push %0\n"
        "iretq\n"
        "1:"
        : "=&r"(scratch)
        :
        : "memory");
}

void put_i32(u8* at, i64 value) {
    const auto narrow = static_cast<i32>(value);
    std::memcpy(at, &narrow, sizeof narrow);
}

i64 distance(u64 from, u64 to) { return static_cast<i64>(to - from); }

}  // namespace

void SyscallDetours::count_trap(u64 site, u64 number) {
    if (control().event_kind == abi::EventKind::invoke) return;
    // Unwinders know a signal frame by the bytes of the call that ends it.
    if (number == __NR_rt_sigreturn) return;
    Counter& counter = counters_[(site >> 1) % kCounters];
    if (counter.site != site) counter = {site, 0};
    if (counter.traps == kSettled) return;
    if (++counter.traps < kTrapsUntilDetour) return;
    counter.traps = kSettled;
    detour(site);
}

void SyscallDetours::settle() {
    for (Counter& counter : counters_) {
        if (counter.site == 0 || counter.traps == kSettled) continue;
        counter.traps = kSettled;
        detour(counter.site);
    }
}

void SyscallDetours::leave(TrapFrame& frame) const {
    for (const Area& area : areas_) {
        if (round_down(frame.rip, kPageSize) != area.address) continue;
        const u64 offset = frame.rip % kSlotBytes;
        const usize index = frame.rip % kPageSize / kSlotBytes;
        if (index >= area.slots.size()) return;
        // At the start, the program's place has the jump to here: who goes step by step would never get on.
        if (offset == 0 && frame.vector == kDebugVector) return;
        const Slot& slot = area.slots[index];
        frame.rip = slot.start + (offset < slot.moved_bytes ? offset : slot.moved_bytes);
        return;
    }
}

bool SyscallDetours::detour(u64 site) {
    if (is_large(site)) return false;  // a large page saves more than a trap costs, and would have to go
    const auto patch = plan(site);
    if (!patch) return false;
    const auto slot = fill_slot(*patch);
    if (!slot) return false;
    u8 near_jump[kNearJumpBytes] = {0xe9};
    const u64 from = patch->gap != 0 ? patch->gap : patch->start;
    put_i32(near_jump + 1, distance(from + kNearJumpBytes, *slot));
    bool done = space_.write_text(from, near_jump);
    if (done && patch->gap != 0) {
        const auto to_gap = static_cast<u8>(distance(patch->start + kShortJumpBytes, patch->gap));
        const u8 short_jump[kShortJumpBytes] = {0xeb, to_gap};
        done = space_.write_text(patch->start, short_jump);
    }
    forget_fetched_code();
    return done;
}

ErrnoOr<SyscallDetours::Patch> SyscallDetours::plan(u64 site) const {
    const Region* region = space_.find(site);
    if (!is_program_text(region)) return fail(ENOENT);
    const u64 to_memory = region->start - region->offset;  // what to add to an offset in the file
    ObjectReader file(*region->object);
    FunctionBounds bounds = MF_TRY(find_function(file, site - to_memory));
    if (bounds.end - bounds.start > kLongestFunction) return fail(ENOENT);
    if (bounds.start - bounds.previous_end > kLongestGap) bounds.previous_end = bounds.start;
    if (bounds.next_start - bounds.end > kLongestGap) bounds.next_start = bounds.end;

    Vector<u8> code;
    MF_TRY(code.resize(bounds.next_start - bounds.previous_end));
    MF_TRY(file.read(bounds.previous_end, code.data(), code.size()));
    const u64 base = to_memory + bounds.previous_end;
    const CodeAround around{code.span(), bounds.start - bounds.previous_end, bounds.end - bounds.previous_end,
                            site - base};
    const auto plan = plan_detour(around);
    if (!plan) return fail(ENOENT);

    Patch patch;
    patch.start = base + plan->start;
    patch.moved_bytes = around.syscall - plan->start;
    std::memcpy(patch.moved, &code[plan->start], patch.moved_bytes);
    if (!is_unchanged(patch.start, around.code.subspan(plan->start, patch.moved_bytes + kSyscallBytes)))
        return fail(ENOENT);
    if (!plan->gap) return stays_in_page(patch.start, kNearJumpBytes) ? ErrnoOr<Patch>(patch) : fail(ENOENT);
    patch.gap = base + *plan->gap;
    if (!is_unchanged(patch.gap, around.code.subspan(*plan->gap, kNearJumpBytes))) return fail(ENOENT);
    if (!stays_in_page(patch.start, kShortJumpBytes) || !stays_in_page(patch.gap, kNearJumpBytes)) return fail(ENOENT);
    return patch;
}

// The moved instructions; lea back(%rip), %rcx, as SYSCALL would set it; jmp *syscall_call_address.
ErrnoOr<u64> SyscallDetours::fill_slot(const Patch& patch) {
    Area& area = *MF_TRY(area_near(patch.start));
    const u64 address = area.address + area.slots.size() * kSlotBytes;
    u8 code[kSlotBytes];
    std::memset(code, 0xcc, sizeof code);
    std::memcpy(code, patch.moved, patch.moved_bytes);

    constexpr u8 kLoadAddress[] = {0x48, 0x8d, 0x0d};
    constexpr u8 kJumpThrough[] = {0xff, 0x24, 0x25};
    u8* at = code + patch.moved_bytes;
    std::memcpy(at, kLoadAddress, sizeof kLoadAddress);
    const u64 behind_load = address + patch.moved_bytes + sizeof kLoadAddress + sizeof(i32);
    put_i32(at + sizeof kLoadAddress, distance(behind_load, patch.start + patch.moved_bytes + kSyscallBytes));
    at += sizeof kLoadAddress + sizeof(i32);
    std::memcpy(at, kJumpThrough, sizeof kJumpThrough);
    put_i32(at + sizeof kJumpThrough, static_cast<i64>(reinterpret_cast<u64>(&syscall_call_address)));

    MF_TRY(area.slots.push_back({patch.start, patch.moved_bytes}));
    if (!space_.write_text(address, code)) return fail(ENOMEM);
    return address;
}

ErrnoOr<SyscallDetours::Area*> SyscallDetours::area_near(u64 site) {
    for (int attempt = 0; attempt < 2; ++attempt) {
        for (Area& area : areas_) {
            const u64 between = area.address > site ? area.address - site : site - area.address;
            if (between < kReach && area.slots.size() < kSlots) return &area;
        }
        if (attempt == 0) MF_TRY(add_area(site));
    }
    return fail(ENOMEM);
}

ErrnoOr<void> SyscallDetours::add_area(u64 site) {
    MapRequest request;
    request.bytes = kPageSize;
    request.region.protection = {.read = true, .write = false, .execute = true};
    request.region.path = MF_TRY(SharedName::of("[syscalls]"));
    MF_TRY(areas_.reserve(areas_.size() + 1));
    Area area;
    area.address = MF_TRY(space_.map_near(site, std::move(request)));
    return areas_.push_back(std::move(area));
}

}  // namespace mayfly::guest
