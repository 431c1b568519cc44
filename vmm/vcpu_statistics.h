// What KVM counts of a vCPU: its binary statistics (api.rst, KVM_GET_STATS_FD; Linux 5.14). Reading them does
// not load the vCPU, so it costs a microsecond where a vCPU ioctl costs ten to twenty.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::vmm {

// Counts since the vCPU was created.
struct VcpuCounts {
    std::uint64_t instructions_emulated = 0;
    std::uint64_t page_faults = 0;  // that KVM took: of shadow page tables, EPT or NPT
};

class VcpuStatistics {
public:
    VcpuStatistics() = default;  // of no vCPU; can't be read
    // ErrorCode::unavailable where the kernel keeps no such statistics.
    static Result<VcpuStatistics> open(const UniqueFd& vcpu);

    explicit operator bool() const { return static_cast<bool>(fd_); }
    Result<VcpuCounts> read() const;

private:
    VcpuStatistics(UniqueFd fd, std::uint64_t emulated_at, std::uint64_t faults_at)
        : fd_(std::move(fd)), emulated_at_(emulated_at), faults_at_(faults_at) {}

    UniqueFd fd_;
    std::uint64_t emulated_at_ = 0;  // offsets in the file
    std::uint64_t faults_at_ = 0;
};

}  // namespace mayfly::vmm
