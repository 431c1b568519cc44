// How much log the microVMs of a function may hand to the host: a bucket that time fills.
#pragma once

#include <cstdint>

#include "runtime/mutex.h"

namespace mayfly::runtime {

// For calls from several threads.
class LogBudget {
public:
    static constexpr std::uint64_t kBytesPerSecond = 16ull << 20;
    static constexpr std::uint64_t kBurstBytes = 16ull << 20;
    // What an invocation may always hand over: the end of its log, which LogPolicy::tail shows.
    static constexpr std::uint64_t kTailBytes = 4096;

    // What an invocation that begins at now_ns (host, monotonic) may hand over: abi::kLogBytes, or less when its
    // function logged much of late. It is set aside until the unused part is given back.
    std::uint64_t take(std::uint64_t now_ns);
    void give_back(std::uint64_t bytes);

private:
    void fill(std::uint64_t now_ns) MF_REQUIRES(mutex_);

    Mutex mutex_;
    std::int64_t bytes_ MF_GUARDED_BY(mutex_) = kBurstBytes;  // below 0: tails that were owed
    std::uint64_t filled_ns_ MF_GUARDED_BY(mutex_) = 0;
};

}  // namespace mayfly::runtime
