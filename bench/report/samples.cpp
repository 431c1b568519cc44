#include "bench/report/samples.h"

#include <algorithm>
#include <cmath>

namespace mayfly::bench {
namespace {

double at_rank(const std::vector<double>& sorted, double quantile) {
    const double rank = std::ceil(quantile * static_cast<double>(sorted.size()));
    const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    return sorted[std::min(index, sorted.size() - 1)];
}

}  // namespace

Percentiles percentiles(std::vector<double> samples) {
    if (samples.empty()) return {};
    std::sort(samples.begin(), samples.end());
    return {at_rank(samples, 0.50), at_rank(samples, 0.90), at_rank(samples, 0.99), at_rank(samples, 0.999),
            samples.back()};
}

Percentiles percentiles(const std::vector<Counts>& counts, const Counter& counter) {
    std::vector<double> values;
    values.reserve(counts.size());
    for (const Counts& one : counts) values.push_back(one.*counter.value);
    return percentiles(std::move(values));
}

}  // namespace mayfly::bench
