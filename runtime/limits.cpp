#include "runtime/limits.h"

#include <string>

#include "abi/layout.h"
#include "mayfly/mayfly.h"

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

}  // namespace mayfly::runtime
