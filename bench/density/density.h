// How much memory one more idle microVM takes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/lab/rows.h"
#include "bench/lab/state_folder.h"
#include "bench/report/report.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

struct DensityOptions {
    std::size_t microvms = 1000;  // the most; measured at 1, a tenth of it, and all
    std::string image = "python3.11";
    RowProgress progress;
    OnInterrupt on_interrupt;
};

Result<Report> measure_density(Engine& engine, const DensityOptions& options);

// By least squares: how much y grows when x grows by one. 0 with fewer than two different x.
double slope_of(const std::vector<Chart::Point>& points);

}  // namespace mayfly::bench
