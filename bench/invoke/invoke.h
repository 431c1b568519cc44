// Invocations one after the other, at the rate the world sends them, and for many functions; with the proofs.
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"
#include "bench/invoke/churn.h"
#include "bench/lab/rows.h"
#include "bench/lab/state_folder.h"
#include "bench/report/report.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

struct InvokeBenchOptions {
    std::size_t samples = 1000;  // of each row and each load
    std::string image = "python3.11";
    std::size_t functions = 200;  // of the churn
    std::size_t ready = 40;
    std::size_t proof_invocations = 2000;  // over which nothing may grow
    RowProgress progress;
    OnInterrupt on_interrupt;
};

// Every reply is compared with that of the same handler on the host; a wrong one is an Error.
Result<Report> measure_invoke(Engine& engine, const InvokeBenchOptions& options);

}  // namespace mayfly::bench
