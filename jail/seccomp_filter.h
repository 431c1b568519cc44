// The system calls a microVM process may make from its first guest instruction on. Any other kills the process.
#pragma once

#include <linux/filter.h>

#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace mayfly::jail {

struct AllowedCall {
    int number;
    std::string_view name;
    std::string_view reason;
};

struct AllowedIoctl {
    unsigned long request;
    std::string_view name;
    std::string_view reason;
};

// Where they are allowed, mmap(2) and mprotect(2) are so without PROT_EXEC only, and ioctl(2) for these requests only.
struct AllowedCalls {
    std::vector<AllowedCall> calls;
    std::span<const AllowedIoctl> ioctls;
};

class SeccompFilter {
public:
    static Result<SeccompFilter> build(const AllowedCalls& allowed);

    // For the calling thread, for ever.
    Result<void> load() const;

private:
    explicit SeccompFilter(std::vector<sock_filter> program) : program_(std::move(program)) {}

    std::vector<sock_filter> program_;
};

}  // namespace mayfly::jail
