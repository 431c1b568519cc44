// How long to look for a packet before going to sleep. Waking a sleeper takes 30 to 40 us when its processor has
// gone idle; a wait that is usually shorter than that is better spent looking. The window adapts, much as KVM's halt
// polling does (Documentation/virt/kvm/halt-polling.rst): a short wait opens it to twice that, every long one halves
// it, so that who waits for long soon costs nothing.
//
// Who looks offers its processor to others between two looks. If somebody else computes there, that takes a tick of the
// scheduler's (4 ms) where a sleeper would have been woken at once. So whoever lost its processor sleeps from then on,
// and tries again after a time that doubles while trying goes wrong (docs/design/0008-looking-before-sleeping.md).
#pragma once

#include <algorithm>
#include <cstdint>

namespace mayfly::microvm {

class PollWindow {
public:
    static constexpr std::uint64_t kShortestNs = 10'000;
    static constexpr std::uint64_t kLongestNs = 400'000;
    // Nobody at the other end takes that long between two looks but for a long wait, and then looking is no use either.
    static constexpr std::uint64_t kLossNs = 1'000'000;
    static constexpr std::uint64_t kShortestRestNs = 2'000'000;
    static constexpr std::uint64_t kLongestRestNs = 1'024'000'000;
    static constexpr unsigned kGoodLooks = 16;  // in a row: then a loss is the first again

    // 0 at a time at which it should not look at all. Times are CLOCK_MONOTONIC.
    std::uint64_t ns(std::uint64_t now) const { return now < rest_until_ ? 0 : window_ns_; }

    // The processor was away for so long between two looks.
    void gave_way(std::uint64_t ns, std::uint64_t now) {
        if (ns < kLossNs) return;
        const bool goes_wrong = rest_ns_ != 0 && good_looks_ < kGoodLooks;
        rest_ns_ = goes_wrong ? std::min(2 * rest_ns_, kLongestRestNs) : kShortestRestNs;
        rest_until_ = now + rest_ns_;
        good_looks_ = 0;
    }
    // A packet came while it looked.
    void found(std::uint64_t now) {
        if (now >= rest_until_) ++good_looks_;
    }

    // After a wait of so long, looking and sleeping together.
    void waited(std::uint64_t ns) {
        if (ns > kLongestNs)
            window_ns_ = window_ns_ / 2 < kShortestNs ? 0 : window_ns_ / 2;
        else if (ns > window_ns_)
            window_ns_ = std::clamp(ns * 2, kShortestNs, kLongestNs);
    }

private:
    std::uint64_t window_ns_ = 0;
    std::uint64_t rest_ns_ = 0;  // the last
    std::uint64_t rest_until_ = 0;
    unsigned good_looks_ = 0;  // since then
};

}  // namespace mayfly::microvm
