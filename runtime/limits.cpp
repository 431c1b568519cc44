#include "runtime/limits.h"

#include <string>

#include "abi/layout.h"

namespace mayfly::runtime {
namespace {

constexpr std::uint64_t bytes_of(std::uint32_t memory_mb) { return std::uint64_t{memory_mb} << 20; }

static_assert(bytes_of(kMinMemoryMb) >= abi::kMinRamBytes);
static_assert(bytes_of(kMaxMemoryMb) <= abi::kMaxRamBytes);
static_assert(bytes_of(kMemoryStepMb) == abi::kLargePageSize);
static_assert(kMaxEventBytes == abi::kMaxPayloadBytes);

}  // namespace

Result<void> check_memory(std::uint32_t memory_mb) {
    if (memory_mb >= kMinMemoryMb && memory_mb <= kMaxMemoryMb && memory_mb % kMemoryStepMb == 0) return {};
    return fail(ErrorCode::usage, "the memory must be " + std::to_string(kMinMemoryMb) + " to " +
                                      std::to_string(kMaxMemoryMb) + " MB in steps of " +
                                      std::to_string(kMemoryStepMb) + ", not " + std::to_string(memory_mb));
}

Result<void> check_limits(const FunctionOptions& options) {
    constexpr std::chrono::milliseconds kNone{0};
    if (options.timeout < std::chrono::milliseconds(1) || options.timeout > kMaxTimeout)
        return fail(ErrorCode::usage, "the time limit of a function must be 1 ms to " +
                                          std::to_string(kMaxTimeout.count() / 1000) + " s");
    if (options.cpu_time < kNone || options.cpu_time > kMaxTimeout)
        return fail(ErrorCode::usage, "the limit of processor time must be 1 ms to " +
                                          std::to_string(kMaxTimeout.count() / 1000) + " s, or 0 for none");
    const bool has_share = options.cpu >= kMinCpu && options.cpu <= kMaxCpu;  // not so of NaN
    if (options.cpu != 0 && !has_share)
        return fail(ErrorCode::usage, "the share of a processor must be 0.01 to 1, or 0 for no limit");
    if (options.tmp_mb == 0 || options.tmp_mb > kMaxMemoryMb)
        return fail(ErrorCode::usage, "the size of /tmp must be 1 to " + std::to_string(kMaxMemoryMb) + " MB");
    return {};
}

}  // namespace mayfly::runtime
