#include "bench/invoke/churn.h"

#include <algorithm>
#include <list>
#include <random>
#include <utility>

#include "bench/lab/invocations.h"
#include "bench/lab/stopwatch.h"

namespace mayfly::bench {
namespace {

std::string name_of(std::size_t function) { return "churn-" + std::to_string(function); }

Result<Series> make_functions(Engine& engine, FunctionOptions options, std::size_t count, const RowProgress& progress) {
    Series series{"create", "function create", false, true, {}, {}};
    for (std::size_t number = 0; number < count; ++number) {
        if (progress) progress("making functions", number, count);
        options.name = name_of(number);
        const Stopwatch watch;
        MF_TRY(engine.create_function(options));
        series.samples.push_back(watch.microseconds());
    }
    return series;
}

// The functions whose microVM is kept, the most recently used first.
class ReadySet {
public:
    explicit ReadySet(std::size_t most) : most_(most) {}

    Function* find(std::size_t number) {
        const auto found =
            std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.number == number; });
        if (found == entries_.end()) return nullptr;
        entries_.splice(entries_.begin(), entries_, found);
        return &entries_.front().function;
    }
    // What no longer fits ends here, with its microVM.
    void add(std::size_t number, Function function) {
        entries_.push_front({number, std::move(function)});
        if (entries_.size() > most_) entries_.pop_back();
    }

private:
    struct Entry {
        std::size_t number;
        Function function;
    };
    std::size_t most_;
    std::list<Entry> entries_;
};

Table table_of(const Churn& churn, const ChurnOptions& options, const Series& created) {
    Table table;
    table.name = "churn";
    table.title = "Churn: events for functions by Zipf's law, fewer ready microVMs than functions";
    table.columns = {
        {"functions", "functions", Unit::count},       {"ready", "ready microVMs", Unit::count},
        {"found_ready", "found ready", Unit::percent}, {"p50", "p50 of all", Unit::microseconds},
        {"p99", "p99 of all", Unit::microseconds},     {"create_p50", "function create p50", Unit::microseconds}};
    std::vector<double> all = churn.ready.samples;
    all.insert(all.end(), churn.absent.samples.begin(), churn.absent.samples.end());
    const Percentiles of = percentiles(all);
    table.rows.push_back({"churn",
                          {static_cast<double>(options.functions), static_cast<double>(options.ready),
                           100.0 * static_cast<double>(churn.ready.samples.size()) / static_cast<double>(all.size()),
                           of.p50, of.p99, percentiles(created.samples).p50},
                          {}});
    return table;
}

}  // namespace

std::vector<std::size_t> zipf_sequence(std::size_t count, std::size_t length, std::uint64_t seed) {
    std::vector<double> sums;
    double sum = 0;
    for (std::size_t number = 0; number < count; ++number) sums.push_back(sum += 1 / (static_cast<double>(number) + 1));
    std::mt19937_64 generator(seed);
    std::vector<std::size_t> sequence;
    for (std::size_t index = 0; index < length; ++index) {
        const double uniform = static_cast<double>(generator() >> 11) / 9007199254740992.0 * sum;  // 2^53
        const auto found = std::upper_bound(sums.begin(), sums.end() - 1, uniform);
        sequence.push_back(static_cast<std::size_t>(found - sums.begin()));
    }
    return sequence;
}

Result<Churn> measure_churn(StateFolder& state, const FunctionOptions& code, const std::string& event,
                            const std::string& expected, const ChurnOptions& options, const RowProgress& progress) {
    const Series created = MF_TRY(make_functions(state.engine(), code, options.functions, progress));
    Churn churn;
    churn.ready.name = "churn_ready";
    churn.ready.what = "an event that found its microVM ready";
    churn.absent.name = "churn_absent";
    churn.absent.what = "an event that its function was opened and a microVM started for";

    ReadySet ready(options.ready);
    std::size_t done = 0;
    for (const std::size_t number : zipf_sequence(options.functions, options.events, options.functions)) {
        if (progress) progress("churning", done++, options.events);
        if (Function* function = ready.find(number)) {
            churn.ready.add(MF_TRY(time_invocation(*function, event, Mode::pristine, expected)));
            continue;
        }
        const Stopwatch watch;
        Function function = MF_TRY(state.engine().function(name_of(number)));
        Sample sample = MF_TRY(time_invocation(function, event, Mode::pristine, expected));
        sample.microseconds = watch.microseconds();
        churn.absent.add(sample);
        ready.add(number, std::move(function));
    }
    churn.table = table_of(churn, options, created);
    return churn;
}

}  // namespace mayfly::bench
