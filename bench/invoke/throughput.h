// How many events microVMs take when the next one is always there.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/report/samples.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

struct Throughput {
    double per_second = 0;                   // of all functions together
    std::vector<std::vector<Sample>> taken;  // each function's, in their order
};

// Each function has a thread and a pristine microVM of its own that takes `invocations`. What follows the reply, the
// reset, counts: it is before the next event.
Result<Throughput> measure_throughput(std::vector<Function>& functions, const std::string& event,
                                      const std::string& expected, std::size_t invocations);

}  // namespace mayfly::bench
