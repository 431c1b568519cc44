// System calls inside and outside: the same static program natively and in microVMs, in turns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "bench/lab/rows.h"
#include "bench/report/report.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

struct SyscallOptions {
    std::size_t samples = 30;  // runs of the program on each side; one prints the mean of a batch
    std::string image = "python3.11";
    RowProgress progress;
};

Result<Report> measure_syscalls(Engine& engine, const SyscallOptions& options);

struct Operation {
    std::string name;
    double nanoseconds = 0;
};

// The program's output: "NAME NANOSECONDS" a line. An Error when it is anything else.
Result<std::vector<Operation>> parse_operations(std::string_view output);

}  // namespace mayfly::bench
