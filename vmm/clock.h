// Clocks: the host's, and the guest's CLOCK_MONOTONIC as the control page describes it.
#pragma once

#include <cstdint>

namespace mayfly::vmm {

// CLOCK_REALTIME of the host in nanoseconds.
std::uint64_t host_realtime_ns();

// The time stamp counter's frequency, measured against CLOCK_MONOTONIC_RAW for two milliseconds.
std::uint64_t measure_tsc_khz();

std::uint64_t read_tsc();

// nanoseconds = ticks * mult >> shift, the product in 128 bits.
struct TscScale {
    std::uint32_t mult;
    std::uint32_t shift;

    static TscScale of_khz(std::uint64_t khz);
    std::uint64_t to_ns(std::uint64_t ticks) const;
};

// Starts where it is told, stands still while the microVM is in a snapshot.
class GuestClock {
public:
    explicit GuestClock(std::uint64_t tsc_khz) : scale_(TscScale::of_khz(tsc_khz)) { start_at(0); }

    void start_at(std::uint64_t monotonic_ns);
    // Moves the base to now, so that the scale's rounding never grows beyond one run.
    void rebase() { start_at(now_ns()); }
    std::uint64_t now_ns() const;

    TscScale scale() const { return scale_; }
    std::uint64_t tsc_base() const { return tsc_base_; }
    std::uint64_t base_ns() const { return base_ns_; }

private:
    TscScale scale_;
    std::uint64_t tsc_base_ = 0;
    std::uint64_t base_ns_ = 0;
};

}  // namespace mayfly::vmm
