// Start-up latency of Mayfly beside its peers, measured in one run.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "bench/report/report.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

struct StartupOptions {
    std::size_t samples = 1000;  // of the quickest rows; slow ones take a fixed share of it
    std::string image = "python3.11";
    std::string workerd;  // path of the program; empty: that peer is left out
    std::function<void(std::string_view phase, std::size_t done, std::size_t total)> progress;
};

Result<Report> measure_startup(Engine& engine, const StartupOptions& options);

}  // namespace mayfly::bench
