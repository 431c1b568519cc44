// Whether an invocation takes longer when there is more of something that it has no use for: functions, memory, code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "bench/lab/rows.h"
#include "bench/lab/state_folder.h"
#include "bench/report/report.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

struct GrowthOptions {
    std::size_t samples = 200;
    std::string image = "python3.11";
    std::size_t functions = 1000;    // created, of which one is called
    std::uint32_t memory_mb = 2048;  // against the least a function can have
    std::size_t code_mb = 200;       // against 1
    RowProgress progress;
    OnInterrupt on_interrupt;
};

Result<Report> measure_growth(Engine& engine, const GrowthOptions& options);

}  // namespace mayfly::bench
