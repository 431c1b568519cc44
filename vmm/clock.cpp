#include "vmm/clock.h"

#include <time.h>
#include <x86intrin.h>

namespace mayfly::vmm {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::uint64_t kNsPerMs = 1'000'000;

std::uint64_t read_clock(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

std::uint64_t host_realtime_ns() { return read_clock(CLOCK_REALTIME); }
std::uint64_t read_tsc() { return __rdtsc(); }

std::uint64_t measure_tsc_khz() {
    constexpr std::uint64_t kMeasureNs = 2'000'000;
    const std::uint64_t start_ns = read_clock(CLOCK_MONOTONIC_RAW);
    const std::uint64_t start_tsc = read_tsc();
    std::uint64_t now_ns = start_ns;
    while (now_ns - start_ns < kMeasureNs) now_ns = read_clock(CLOCK_MONOTONIC_RAW);
    return (read_tsc() - start_tsc) * kNsPerMs / (now_ns - start_ns);
}

TscScale TscScale::of_khz(std::uint64_t khz) {
    // The largest shift whose multiplier still fits 32 bits gives the smallest rounding error.
    std::uint32_t shift = 32;
    while (shift > 0 && ((kNsPerMs << shift) / khz) >> 32 != 0) --shift;
    return {static_cast<std::uint32_t>((kNsPerMs << shift) / khz), shift};
}

std::uint64_t TscScale::to_ns(std::uint64_t ticks) const {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(ticks) * mult) >> shift);
}

void GuestClock::start_at(std::uint64_t monotonic_ns) {
    tsc_base_ = read_tsc();
    base_ns_ = monotonic_ns;
}

std::uint64_t GuestClock::now_ns() const { return base_ns_ + scale_.to_ns(read_tsc() - tsc_base_); }

}  // namespace mayfly::vmm
