// How long to look for a packet before going to sleep. Waking a sleeper takes 30 to 40 us when its processor has
// gone idle; a wait that is usually shorter than that is better spent looking. The window adapts, much as KVM's halt
// polling does (Documentation/virt/kvm/halt-polling.rst): a short wait opens it to twice that, every long one halves
// it, so that who waits for long soon costs nothing.
#pragma once

#include <algorithm>
#include <cstdint>

namespace mayfly::microvm {

class PollWindow {
public:
    static constexpr std::uint64_t kShortestNs = 10'000;
    static constexpr std::uint64_t kLongestNs = 400'000;

    std::uint64_t ns() const { return window_ns_; }

    // After a wait of so long, looking and sleeping together.
    void waited(std::uint64_t ns) {
        if (ns > kLongestNs)
            window_ns_ = window_ns_ / 2 < kShortestNs ? 0 : window_ns_ / 2;
        else if (ns > window_ns_)
            window_ns_ = std::clamp(ns * 2, kShortestNs, kLongestNs);
    }

private:
    std::uint64_t window_ns_ = 0;
};

}  // namespace mayfly::microvm
