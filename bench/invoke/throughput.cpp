#include "bench/invoke/throughput.h"

#include <barrier>
#include <optional>
#include <thread>

#include "bench/lab/invocations.h"
#include "bench/lab/stopwatch.h"

namespace mayfly::bench {
namespace {

Result<std::vector<Sample>> invoke_often(Function& function, const std::string& event, const std::string& expected,
                                         std::size_t invocations) {
    std::vector<Sample> samples;
    samples.reserve(invocations);
    while (samples.size() < invocations)
        samples.push_back(MF_TRY(time_invocation(function, event, Mode::pristine, expected)));
    return samples;
}

}  // namespace

Result<Throughput> measure_throughput(std::vector<Function>& functions, const std::string& event,
                                      const std::string& expected, std::size_t invocations) {
    for (Function& function : functions) MF_TRY(invoke_often(function, event, expected, 10));

    std::vector<Result<std::vector<Sample>>> results(functions.size(), std::vector<Sample>{});
    std::barrier start(static_cast<std::ptrdiff_t>(functions.size() + 1));
    std::vector<std::thread> threads;
    for (std::size_t index = 0; index < functions.size(); ++index)
        threads.emplace_back([&, index] {
            start.arrive_and_wait();
            results[index] = invoke_often(functions[index], event, expected, invocations);
        });
    start.arrive_and_wait();
    const Stopwatch watch;
    for (std::thread& thread : threads) thread.join();
    const double elapsed = watch.microseconds();

    Throughput throughput{static_cast<double>(invocations * functions.size()) / elapsed * 1e6, {}};
    for (auto& result : results) throughput.taken.push_back(MF_TRY(std::move(result)));
    return throughput;
}

}  // namespace mayfly::bench
