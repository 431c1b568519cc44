// setrlimit(2): soft and hard limits. Who enforces which: thread/limits.cpp.
#pragma once

#include <linux/resource.h>

#include "guest/fs/fd_table.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

struct ResourceLimit {
    u64 soft = RLIM64_INFINITY;
    u64 hard = RLIM64_INFINITY;
};

class ResourceLimits {
public:
    ResourceLimits() {
        values_[RLIMIT_STACK].soft = 8ull << 20;
        values_[RLIMIT_CORE].soft = 0;
        values_[RLIMIT_NOFILE] = {FdTable::kLimit, FdTable::kLimit};
        values_[RLIMIT_NPROC] = {1024, 1024};
        values_[RLIMIT_MEMLOCK] = {8ull << 20, 8ull << 20};
        values_[RLIMIT_SIGPENDING] = {1024, 1024};
        values_[RLIMIT_MSGQUEUE] = {819200, 819200};
        values_[RLIMIT_NICE] = {0, 0};
        values_[RLIMIT_RTPRIO] = {0, 0};
    }
    ResourceLimit& operator[](usize resource) { return values_[resource]; }
    const ResourceLimit& operator[](usize resource) const { return values_[resource]; }

private:
    ResourceLimit values_[RLIM_NLIMITS];
};

}  // namespace mayfly::guest
