// The vDSO (vdso(7)): the time without entering the kernel. A shared object in the program's address
// space that reads the control page where the kernel maps it; at CPL 3 all of that is readable.
#include <asm/unistd.h>
#include <linux/time.h>
#include <linux/time_types.h>

#include "guest/time/tsc_clock.h"

namespace {

using mayfly::guest::TscClock;

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

const volatile mayfly::abi::ControlPage& control_page() {
    // Mapped there by the kernel as long as it lives (abi/layout.h).
    return *reinterpret_cast<const volatile mayfly::abi::ControlPage*>(mayfly::abi::kDirectMapBase +
                                                                       mayfly::abi::kControlBase);
}

mayfly::guest::ClockReading now(TscClock clock) {
    return mayfly::guest::read_clock_parts(control_page(), clock, mayfly::guest::read_tsc_ordered);
}

// Two arguments are all that these calls have.
long system_call(long number, long first, long second) {
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(first), "S"(second) : "rcx", "r11", "memory");
    return result;
}

// The division is of what was known before the TSC was read; a second one only when a second is full.
__kernel_timespec to_timespec(const mayfly::guest::ClockReading& time) {
    std::uint64_t seconds = time.base_ns / kNsPerSecond;
    std::uint64_t ns = time.base_ns % kNsPerSecond + time.elapsed_ns;
    if (ns >= kNsPerSecond) {
        seconds += ns / kNsPerSecond;
        ns %= kNsPerSecond;
    }
    return {static_cast<long>(seconds), static_cast<long>(ns)};
}

}  // namespace

extern "C" {

int __vdso_clock_gettime(int clock, __kernel_timespec* out) {
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI: *out = to_timespec(now(TscClock::realtime)); return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME: *out = to_timespec(now(TscClock::monotonic)); return 0;
    default: break;  // CPU time is known to the scheduler only
    }
    return static_cast<int>(system_call(__NR_clock_gettime, clock, reinterpret_cast<long>(out)));
}

int __vdso_gettimeofday(__kernel_old_timeval* out, struct timezone* zone) {
    if (out != nullptr) {
        const std::uint64_t ns = now(TscClock::realtime).sum();
        *out = {static_cast<long>(ns / kNsPerSecond), static_cast<long>(ns % kNsPerSecond / 1000)};
    }
    if (zone != nullptr) *zone = {};
    return 0;
}

long __vdso_time(long* out) {
    const long seconds = static_cast<long>(now(TscClock::realtime).sum() / kNsPerSecond);
    if (out != nullptr) *out = seconds;
    return seconds;
}

int __vdso_getcpu(unsigned* cpu, unsigned* node, void*) {
    if (cpu != nullptr) *cpu = 0;
    if (node != nullptr) *node = 0;
    return 0;
}

int __vdso_clock_getres(int clock, __kernel_timespec* out) {
    return static_cast<int>(system_call(__NR_clock_getres, clock, reinterpret_cast<long>(out)));
}

}  // extern "C"
