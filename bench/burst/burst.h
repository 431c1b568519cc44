// As many fresh microVMs as asked for, all alive at once, each of which answers one event.
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"
#include "bench/lab/rows.h"
#include "bench/lab/state_folder.h"
#include "bench/report/report.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

struct BurstOptions {
    std::size_t microvms = 1000;
    std::string image = "python3.11";
    std::size_t ready = 0;  // microVMs kept ready meanwhile
    RowProgress progress;
    OnInterrupt on_interrupt;
};

Result<Report> measure_burst(Engine& engine, const BurstOptions& options);

}  // namespace mayfly::bench
