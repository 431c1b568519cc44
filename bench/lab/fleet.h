// Many microVMs of one function, alive at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/lab/rows.h"
#include "bench/lab/state_folder.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {

struct Start {
    double asked_us = 0;     // since the first call of grow()
    double answered_us = 0;  // the same, when its reply was there
    std::string failure;     // empty when the reply was right
};

class Fleet {
public:
    // Stores the function that all its microVMs run.
    static Result<Fleet> of_hello(Engine& engine, const std::string& image, const OnInterrupt& on_interrupt);

    // Engine::keep_ready of the engine that starts them.
    Result<void> keep_ready(const std::string& image, std::size_t count);

    // Until there are `count`, or an interrupt came: opens the function, starts a microVM and lets it answer
    // one event, in as many threads as there are processors. A pristine one is then put back, a stateful one
    // left as it is.
    void grow(std::size_t count, Mode mode, const RowProgress& progress);

    const std::vector<Start>& starts() const { return starts_; }
    bool interrupted() const { return state_.interrupted(); }
    std::size_t failures() const;
    std::string first_failure() const;

private:
    explicit Fleet(StateFolder state) : state_(std::move(state)) {}
    Result<Function> start_one(Mode mode);

    StateFolder state_;
    std::vector<Start> starts_;
    std::vector<Function> functions_;  // guarded by the mutex of grow()
    std::chrono::steady_clock::time_point begin_{};
};

// Raises this process's limit of open files as far as it may.
void allow_many_files();

}  // namespace mayfly::bench
