#include "bench/growth/growth.h"

#include <fmt/format.h>

#include <random>
#include <utility>
#include <vector>

#include "bench/lab/invocations.h"
#include "bench/lab/stopwatch.h"
#include "embedded/bench_hello_function.h"

namespace mayfly::bench {
namespace {

constexpr std::string_view kEvent = R"({"name": "Ada", "n": 100})";
constexpr std::string_view kReply = R"({"greeting": "hello Ada", "n": 4950})";
constexpr std::size_t kMiB = 1 << 20;

// What grows, from the row with little of it to the row with much.
struct Growth {
    std::string name;
    std::string little;
    std::string much;
};

Result<FunctionOptions> hello(const StateFolder& state, const std::string& name, const std::string& image) {
    FunctionOptions options =
        MF_TRY(describe_function(state.folder(), name, {{"app.py", bench_hello_function()}}, image));
    options.name = name;
    return options;
}

Result<void> create_functions(StateFolder& state, const GrowthOptions& options, std::size_t count) {
    FunctionOptions function = MF_TRY(hello(state, "hello", options.image));
    for (std::size_t index = 0; index < count; ++index) {
        function.name = fmt::format("hello-{}", index);
        MF_TRY(state.engine().create_function(function));
        if (options.progress) options.progress("creating functions", index, count);
    }
    return {};
}

Result<Function> function_with_memory(StateFolder& state, const GrowthOptions& options, std::uint32_t memory_mb) {
    FunctionOptions function = MF_TRY(hello(state, fmt::format("memory-{}", memory_mb), options.image));
    function.memory_mb = memory_mb;
    MF_TRY(state.engine().create_function(function));
    return state.engine().function(function.name);
}

// Bytes that no file system makes smaller.
std::vector<std::byte> noise(std::size_t bytes) {
    std::mt19937_64 random(bytes);
    std::vector<std::byte> noise(bytes);
    for (std::byte& byte : noise) byte = static_cast<std::byte>(random());
    return noise;
}

Result<Function> function_with_code(StateFolder& state, const GrowthOptions& options, std::size_t code_mb) {
    const std::string name = fmt::format("code-{}", code_mb);
    const FunctionOptions function = MF_TRY(hello(state, name, options.image));
    for (std::size_t part = 0; part < code_mb; ++part)
        MF_TRY(state.folder().write(fmt::format("{}/part-{}", name, part), noise(kMiB), 0644));
    MF_TRY(state.engine().create_function(function));
    return state.engine().function(name);
}

Row opening_row(StateFolder& state, std::string name, std::size_t functions) {
    return {std::move(name), fmt::format("one of {} functions opened, a fresh event", functions), false, 1,
            [&state, function = fmt::format("hello-{}", functions - 1)]() -> Result<Sample> {
                const Stopwatch watch;
                Function opened = MF_TRY(state.engine().function(function));
                Sample sample = MF_TRY(time_invocation(opened, kEvent, Mode::fresh, kReply));
                sample.microseconds = watch.microseconds();
                return sample;
            }};
}

Row fresh_row(Function& function, std::string name, std::string what) {
    return {std::move(name), std::move(what), false, 1,
            [&function] { return time_invocation(function, kEvent, Mode::fresh, kReply); }};
}

double p50_of(const std::vector<Series>& all, const std::string& name) {
    for (const Series& series : all)
        if (series.name == name) return percentiles(series.samples).p50;
    return 0;
}

Table ratios(const std::vector<Series>& series, const std::vector<Growth>& growths) {
    Table table;
    table.name = "growth";
    table.title = "How many times as long with much of it, p50";
    table.columns = {{"growth", "times", Unit::ratio}};
    for (const Growth& growth : growths)
        table.rows.push_back({growth.name,
                              {p50_of(series, growth.much) / p50_of(series, growth.little)},
                              growth.little + " to " + growth.much});
    return table;
}

}  // namespace

Result<Report> measure_growth(Engine& engine, const GrowthOptions& options) {
    StateFolder small = MF_TRY(StateFolder::with_image(engine, options.image, options.on_interrupt));
    StateFolder large = MF_TRY(StateFolder::with_image(engine, options.image, options.on_interrupt));
    MF_TRY(create_functions(small, options, 1));
    MF_TRY(create_functions(large, options, options.functions));
    Function little_memory = MF_TRY(function_with_memory(small, options, kMinMemoryMb));
    Function much_memory = MF_TRY(function_with_memory(small, options, options.memory_mb));
    Function little_code = MF_TRY(function_with_code(small, options, 1));
    Function much_code = MF_TRY(function_with_code(small, options, options.code_mb));

    const std::vector<Row> rows = {
        opening_row(small, "functions_few", 1),
        opening_row(large, "functions_many", options.functions),
        fresh_row(little_memory, "memory_little", fmt::format("a fresh event with {} MiB of memory", kMinMemoryMb)),
        fresh_row(much_memory, "memory_much", fmt::format("a fresh event with {} MiB of memory", options.memory_mb)),
        fresh_row(little_code, "code_little", "a fresh event with 1 MiB of code"),
        fresh_row(much_code, "code_much", fmt::format("a fresh event with {} MiB of code", options.code_mb))};
    Report report;
    report.title = "Growth of the latency";
    report.machine = this_machine();
    const MachineUse use;
    Measured measured = MF_TRY(measure_in_turns(rows, options.samples, options.progress));
    use.add_to(report.machine);
    report.series = std::move(measured.series);
    report.tables = {ratios(report.series, {{"functions", "functions_few", "functions_many"},
                                            {"memory", "memory_little", "memory_much"},
                                            {"code", "code_little", "code_much"}})};
    return report;
}

}  // namespace mayfly::bench
