// How many events microVMs take when the next one is always there.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

// Events a second of all functions together, each with a thread and a pristine microVM of its own that
// takes `invocations`. What follows the reply, the reset, counts: it is before the next event.
Result<double> measure_throughput(std::vector<Function>& functions, const std::string& event,
                                  const std::string& expected, std::size_t invocations);

}  // namespace mayfly::bench
