#include "runtime/log_budget.h"

#include <algorithm>

#include "abi/layout.h"

namespace mayfly::runtime {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kFull = LogBudget::kBurstBytes;

}  // namespace

std::uint64_t LogBudget::take(std::uint64_t now_ns) {
    const MutexLock lock(mutex_);
    fill(now_ns);
    const auto most = static_cast<std::int64_t>(abi::kLogBytes);
    const std::int64_t taken = std::clamp<std::int64_t>(bytes_, kTailBytes, most);
    bytes_ = std::max(bytes_ - taken, -kFull);
    return static_cast<std::uint64_t>(taken);
}

void LogBudget::give_back(std::uint64_t bytes) {
    const MutexLock lock(mutex_);
    bytes_ = std::min(bytes_ + static_cast<std::int64_t>(bytes), kFull);
}

void LogBudget::fill(std::uint64_t now_ns) {
    if (now_ns <= filled_ns_) return;  // another thread looked at the clock later
    // Twice the time that fills it whatever it owed, so that nothing overflows.
    const std::uint64_t passed_ns = std::min(now_ns - filled_ns_, 4 * kNsPerSecond);
    filled_ns_ = now_ns;
    const auto gained = static_cast<std::int64_t>(passed_ns * kBytesPerSecond / kNsPerSecond);
    bytes_ = std::min(bytes_ + gained, kFull);
}

}  // namespace mayfly::runtime
