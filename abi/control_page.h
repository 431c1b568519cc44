// The control page: what the VMM tells the guest. Written by the VMM before the first instruction
// after every resume, `ticks` and `plugged_ram_bytes` also in between; read-only for the guest (a read-only memory
// slot).
#pragma once

#include <cstddef>
#include <cstdint>

#include "abi/layout.h"

namespace mayfly::abi {

inline constexpr std::uint32_t kControlMagic = 0x4346594d;  // "MYFC"

enum class EventKind : std::uint32_t {
    none = 0,
    boot = 1,      // cold boot: the event holds a BootCommand, the program to start
    load = 2,      // the event holds the JSON description of the function to load (docs/boundary.md)
    invoke = 3,    // the event holds the JSON event of an invocation
    rehearse = 4,  // as invoke, but the language runtime answers it without the function
    practise = 5,  // the same, with what handlers commonly do; the kernel notes which pages that uses
    touch = 6,     // the kernel reads of each of those pages, and waits again: no program hears of it
};

enum ControlFlags : std::uint32_t {
    kTraceSyscalls = 1u << 0,  // print system calls to the log, as strace does
    kInputIsOpen = 1u << 1,    // exec: the VMM has a standard input to read from
};

// A read-only EROFS image. The first lies at kWindowBase, the others at next_window_base().
struct WindowInfo {
    std::uint64_t base;  // guest-physical
    std::uint64_t bytes;
    char mount_path[56];  // NUL-terminated, absolute; window 0 is always "/"
};

struct ControlPage {
    std::uint32_t magic;
    std::uint32_t abi_version;
    std::uint64_t ram_bytes;

    // Changes with every resume and never repeats within a microVM's snapshot lineage: a guest that
    // sees a new value has been restored or reset, and mixes `seed` into its random pool.
    std::uint64_t generation;
    std::uint8_t seed[64];

    // now_ns = base_ns + ((rdtsc - tsc_base) * tsc_mult >> tsc_shift), a 64x32-bit product in 128 bits.
    std::uint64_t tsc_base;
    std::uint64_t monotonic_base_ns;  // CLOCK_MONOTONIC: from the cold boot, stopped while in a snapshot
    std::uint64_t realtime_base_ns;   // CLOCK_REALTIME: since the Epoch
    std::uint32_t tsc_mult;
    std::uint32_t tsc_shift;

    std::uint64_t deadline_ns;  // guest CLOCK_MONOTONIC at which the VMM stops this run; 0 = none
    EventKind event_kind;
    std::uint32_t event_length;
    std::uint32_t flags;            // ControlFlags
    std::uint32_t tmp_limit_bytes;  // of all tmpfs together, which get half of RAM at most; 0 = that
    char request_id[64];            // NUL-terminated; of an invocation

    // Counts timer ticks; advanced by the VMM when a tick falls due, also while the kernel runs and
    // no interrupt is injected, so that the kernel can look on its way out.
    std::uint64_t ticks;

    // Windows may be added at a resume (a function's code), never changed or removed.
    std::uint32_t window_count;
    std::uint32_t reserved;
    WindowInfo windows[kMaxWindows];

    // Of ram_bytes, from the lowest address on, there are so many now (a guest that touches others has crashed); more
    // after Doorbell::plug_ram. Never less than when the guest was captured.
    std::uint64_t plugged_ram_bytes;
};

// The event of EventKind::boot: this header, then argc + envc NUL-terminated strings, then the
// working directory as one more.
struct BootCommand {
    std::uint32_t argc;
    std::uint32_t envc;
    std::uint32_t strings_bytes;
    std::uint32_t reserved;
};

static_assert(sizeof(WindowInfo) == 72);
static_assert(offsetof(ControlPage, generation) == 16);
static_assert(offsetof(ControlPage, seed) == 24);
static_assert(offsetof(ControlPage, tsc_base) == 88);
static_assert(offsetof(ControlPage, deadline_ns) == 120);
static_assert(offsetof(ControlPage, event_kind) == 128);
static_assert(offsetof(ControlPage, request_id) == 144);
static_assert(offsetof(ControlPage, ticks) == 208);
static_assert(offsetof(ControlPage, windows) == 224);
static_assert(offsetof(ControlPage, plugged_ram_bytes) == 800);
static_assert(sizeof(ControlPage) == 808 && sizeof(ControlPage) <= kPageSize);
static_assert(sizeof(BootCommand) == 16);

}  // namespace mayfly::abi
