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

struct Moment {
    std::uint64_t ns;
    std::uint64_t tsc;
};

// Of some readings the one that took least between the two: in others the thread may have lost its processor there.
Moment read_both() {
    constexpr int kReadings = 10;
    Moment best{};
    std::uint64_t least = ~0ull;
    for (int reading = 0; reading < kReadings; ++reading) {
        const std::uint64_t before = read_tsc();
        const std::uint64_t ns = read_clock(CLOCK_MONOTONIC_RAW);
        const std::uint64_t took = read_tsc() - before;
        if (took >= least) continue;
        least = took;
        best = {ns, before + took / 2};
    }
    return best;
}

}  // namespace

std::uint64_t host_realtime_ns() { return read_clock(CLOCK_REALTIME); }
std::uint64_t read_tsc() { return __rdtsc(); }

std::uint64_t measure_tsc_khz() {
    constexpr std::uint64_t kMeasureNs = 2'000'000;
    const Moment start = read_both();
    while (read_clock(CLOCK_MONOTONIC_RAW) - start.ns < kMeasureNs) {
    }
    const Moment end = read_both();
    return (end.tsc - start.tsc) * kNsPerMs / (end.ns - start.ns);
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
