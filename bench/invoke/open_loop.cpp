#include "bench/invoke/open_loop.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <random>
#include <thread>

#include "bench/lab/invocations.h"

namespace mayfly::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

constexpr std::array kLoads{0.10, 0.25, 0.50, 0.75, 0.90, 1.00, 1.20};
constexpr double kKneeFactor = 3;
// A sleeper wakes up late by as much as this; the rest of the wait is spent looking at the clock.
constexpr std::chrono::microseconds kLateWakeUp{300};

void wait_until(Clock::time_point time) {
    if (time - Clock::now() > kLateWakeUp) std::this_thread::sleep_until(time - kLateWakeUp);
    while (Clock::now() < time) {
    }
}

Result<LoadLevel> measure_level(Function& function, const std::string& event, const std::string& expected,
                                double capacity, double load, std::size_t samples) {
    LoadLevel level;
    level.load = load;
    level.offered = capacity * load;
    level.latency.name = fmt::format("open_loop_{:.0f}", load * 100);
    level.latency.what = fmt::format("Poisson arrivals at {:.0f} % of capacity, from the intended start", load * 100);
    const std::vector<double> arrivals =
        poisson_arrivals(level.offered, samples, static_cast<std::uint64_t>(load * 100));
    const Clock::time_point start = Clock::now() + kLateWakeUp;
    for (const double arrival : arrivals) {
        const auto intended = start + std::chrono::duration_cast<Clock::duration>(Microseconds(arrival));
        wait_until(intended);
        Sample sample = MF_TRY(time_invocation(function, event, Mode::pristine, expected));
        sample.microseconds = Microseconds(Clock::now() - intended).count();
        level.latency.add(sample);
    }
    level.served = static_cast<double>(samples) / Microseconds(Clock::now() - start).count() * 1e6;
    return level;
}

}  // namespace

std::vector<double> poisson_arrivals(double rate, std::size_t count, std::uint64_t seed) {
    std::mt19937_64 generator(seed);
    std::vector<double> arrivals;
    arrivals.reserve(count);
    double now = 0;
    for (std::size_t index = 0; index < count; ++index) {
        // By hand: the library's distribution may differ from one to the next.
        const double uniform = (static_cast<double>(generator() >> 11) + 0.5) / 9007199254740992.0;  // 2^53
        now += -std::log(uniform) * 1e6 / rate;
        arrivals.push_back(now);
    }
    return arrivals;
}

Result<std::vector<LoadLevel>> measure_open_loop(Function& function, const std::string& event,
                                                 const std::string& expected, double capacity, std::size_t samples,
                                                 const RowProgress& progress) {
    std::vector<LoadLevel> levels;
    for (const double load : kLoads) {
        if (progress) progress(fmt::format("open loop at {:.0f} %", load * 100), levels.size(), kLoads.size());
        levels.push_back(MF_TRY(measure_level(function, event, expected, capacity, load, samples)));
    }
    return levels;
}

double knee_of(const std::vector<LoadLevel>& levels) {
    double knee = 0;
    for (const LoadLevel& level : levels) {
        const double limit = kKneeFactor * percentiles(levels.front().latency.samples).p90;
        if (percentiles(level.latency.samples).p90 > limit) break;
        knee = level.load;
    }
    return knee;
}

Table table_of(const std::vector<LoadLevel>& levels) {
    Table table;
    table.name = "open_loop";
    table.title = "Open loop: Poisson arrivals, latency from the intended start";
    table.columns = {{"load", "load", Unit::percent},        {"offered", "offered", Unit::per_second},
                     {"served", "served", Unit::per_second}, {"p50", "p50", Unit::microseconds},
                     {"p90", "p90", Unit::microseconds},     {"p99", "p99", Unit::microseconds},
                     {"p999", "p99.9", Unit::microseconds},  {"max", "max", Unit::microseconds}};
    for (const LoadLevel& level : levels) {
        const Percentiles of = percentiles(level.latency.samples);
        table.rows.push_back({level.latency.name,
                              {level.load * 100, level.offered, level.served, of.p50, of.p90, of.p99, of.p999, of.max},
                              {}});
    }
    return table;
}

Chart chart_of(const std::vector<LoadLevel>& levels) {
    Chart chart;
    chart.x_title = "offered load, of the capacity of one microVM";
    chart.x_unit = Unit::percent;
    chart.y_title = "latency from the intended start";
    chart.logarithmic = true;
    chart.lines = {{"p50", {}}, {"p90", {}}, {"p99", {}}, {"p99.9", {}}};
    for (const LoadLevel& level : levels) {
        const Percentiles of = percentiles(level.latency.samples);
        const std::array values{of.p50, of.p90, of.p99, of.p999};
        for (std::size_t index = 0; index < values.size(); ++index)
            chart.lines[index].points.push_back({level.load * 100, values[index]});
    }
    return chart;
}

}  // namespace mayfly::bench
