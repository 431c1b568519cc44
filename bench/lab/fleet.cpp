#include "bench/lab/fleet.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "bench/lab/invocations.h"
#include "embedded/bench_hello_function.h"

namespace mayfly::bench {
namespace {

constexpr const char* kName = "fleet";
constexpr std::string_view kEvent = R"({"name": "Ada", "n": 100})";
constexpr std::string_view kReply = R"({"greeting": "hello Ada", "n": 4950})";
constexpr std::size_t kProgressEvery = 20;

}  // namespace

void allow_many_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);  // if it may not, the microVMs that do not start say so
}

Result<Fleet> Fleet::of_hello(Engine& engine, const std::string& image, const OnInterrupt& on_interrupt) {
    StateFolder state = MF_TRY(StateFolder::with_image(engine, image, on_interrupt));
    FunctionOptions options =
        MF_TRY(describe_function(state.folder(), kName, {{"app.py", bench_hello_function()}}, image));
    options.name = kName;
    MF_TRY(state.engine().create_function(options));
    allow_many_files();
    return Fleet{std::move(state)};
}

Result<void> Fleet::keep_ready(const std::string& image, std::size_t count) {
    return state_.engine().keep_ready(image, static_cast<unsigned>(count));
}

Result<Function> Fleet::start_one(Mode mode) {
    Function function = MF_TRY(state_.engine().function(kName));
    MF_TRY(time_invocation(function, kEvent, mode, kReply));
    return function;
}

void Fleet::grow(std::size_t count, Mode mode, const RowProgress& progress) {
    if (starts_.empty()) begin_ = std::chrono::steady_clock::now();
    const auto now = [this] {
        return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin_).count();
    };
    std::atomic<std::size_t> next{starts_.size()};
    starts_.resize(std::max(count, starts_.size()));
    std::mutex mutex;
    const auto work = [&] {
        for (std::size_t index = next++; index < count && !interrupted(); index = next++) {
            Start& start = starts_[index];
            start.asked_us = now();
            auto answered = start_one(mode);
            start.answered_us = now();
            if (!answered) start.failure = answered.error().message();
            const std::lock_guard lock(mutex);
            if (answered) functions_.push_back(std::move(*answered));
            if (progress && index % kProgressEvery == 0) progress("starting microVMs", index, count);
        }
    };
    std::vector<std::thread> threads;
    for (unsigned number = 0; number < std::max(std::thread::hardware_concurrency(), 1u); ++number)
        threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
}

std::size_t Fleet::failures() const {
    return static_cast<std::size_t>(
        std::count_if(starts_.begin(), starts_.end(), [](const Start& start) { return !start.failure.empty(); }));
}

std::string Fleet::first_failure() const {
    const auto failed =
        std::find_if(starts_.begin(), starts_.end(), [](const Start& start) { return !start.failure.empty(); });
    return failed == starts_.end() ? "" : failed->failure;
}

}  // namespace mayfly::bench
