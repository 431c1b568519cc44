#include "bench/invoke/throughput.h"

#include <barrier>
#include <optional>
#include <thread>

#include "bench/lab/invocations.h"
#include "bench/lab/stopwatch.h"

namespace mayfly::bench {
namespace {

Result<void> invoke_often(Function& function, const std::string& event, const std::string& expected,
                          std::size_t invocations) {
    for (std::size_t count = 0; count < invocations; ++count)
        MF_TRY(time_invocation(function, event, Mode::pristine, expected));
    return {};
}

}  // namespace

Result<double> measure_throughput(std::vector<Function>& functions, const std::string& event,
                                  const std::string& expected, std::size_t invocations) {
    for (Function& function : functions) MF_TRY(invoke_often(function, event, expected, 10));

    std::vector<Result<void>> results(functions.size(), Result<void>{});
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

    for (const Result<void>& result : results) MF_TRY(result);
    return static_cast<double>(invocations * functions.size()) / elapsed * 1e6;
}

}  // namespace mayfly::bench
