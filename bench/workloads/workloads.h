// Functions of many kinds, natively and in microVMs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/lab/rows.h"
#include "bench/report/report.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

struct WorkloadOptions {
    std::size_t samples = 200;  // of the quickest workloads
    std::string image = "python3.11";
    std::vector<std::string> only;  // names; empty: all
    RowProgress progress;
};

// Every reply is compared with that of the same handler on the host; a wrong one is an Error.
Result<Report> measure_workloads(Engine& engine, const WorkloadOptions& options);

}  // namespace mayfly::bench
