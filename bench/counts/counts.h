// What an invocation costs in exits, faults, pages and system calls: the same on a busy machine and an idle
// one, so that it can be compared with ceilings.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/error.h"
#include "bench/counts/ceilings.h"
#include "bench/lab/rows.h"
#include "bench/report/report.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

struct CountsOptions {
    std::size_t samples = 200;
    std::string image = "python3.11";
    std::optional<Ceilings> ceilings;  // compared with the p50s
    RowProgress progress;
};

Result<Report> measure_counts(Engine& engine, const CountsOptions& options);

}  // namespace mayfly::bench
