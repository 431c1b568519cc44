// Time from the TSC and the control page. Pure, and shared by the kernel, the vDSO and unit tests.
#pragma once

#include "abi/control_page.h"

namespace mayfly::guest {

enum class TscClock { monotonic, realtime };

// (tsc - base) * mult >> shift with the product in 128 bits. A TSC behind the base (the vCPU moved to
// a host CPU whose counter lags) counts as the base, so that time does not jump ahead by centuries.
constexpr std::uint64_t tsc_to_ns(std::uint64_t tsc, std::uint64_t base, std::uint32_t mult, std::uint32_t shift) {
    __extension__ using Wide = unsigned __int128;
    if (tsc <= base) return 0;
    const std::uint64_t ticks = tsc - base;
    // The same from two products of 64 bits, which are twice as fast.
    if (shift <= 32) return ((ticks >> 32) * mult << (32 - shift)) + ((ticks & 0xffff'ffff) * mult >> shift);
    return static_cast<std::uint64_t>((static_cast<Wide>(ticks) * mult) >> shift);
}

// A time in two parts, so that a reader can work on the first while the processor still reads the TSC.
struct ClockReading {
    std::uint64_t base_ns;     // at the last resume
    std::uint64_t elapsed_ns;  // since then

    std::uint64_t sum() const { return base_ns + elapsed_ns; }
};

// The page is written while the guest does not run, but a restore may come between two of these reads
// (the thread was preempted in the vDSO when the microVM was captured). A new generation says so, and
// then everything is read again.
template <class ReadTsc>
ClockReading read_clock_parts(const volatile abi::ControlPage& page, TscClock clock, ReadTsc read_tsc) {
    for (;;) {
        const std::uint64_t generation = page.generation;
        const std::uint64_t start = clock == TscClock::monotonic ? page.monotonic_base_ns : page.realtime_base_ns;
        const std::uint64_t base = page.tsc_base;
        const std::uint32_t mult = page.tsc_mult;
        const std::uint32_t shift = page.tsc_shift;
        const ClockReading now{start, tsc_to_ns(read_tsc(), base, mult, shift)};
        if (page.generation == generation) return now;
    }
}

template <class ReadTsc>
std::uint64_t read_clock(const volatile abi::ControlPage& page, TscClock clock, ReadTsc read_tsc) {
    return read_clock_parts(page, clock, read_tsc).sum();
}

// RDTSC that is not executed ahead of earlier loads (SDM 2, RDTSC).
inline std::uint64_t read_tsc_ordered() {
    std::uint32_t low, high;
    asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (static_cast<std::uint64_t>(high) << 32) | low;
}

}  // namespace mayfly::guest
