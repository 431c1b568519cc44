// What a stop of a microVM means to whoever invoked a function or ran a program.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "mayfly/mayfly.h"
#include "runtime/microvm.h"

namespace mayfly::runtime {

struct Verdict {
    Outcome outcome = Outcome::host_error;
    std::string cause;  // a sentence; empty when finished
};

Verdict verdict_of_invocation(const Stop& stop);
Verdict verdict_of_program(const Stop& stop);
// Says in the cause which limit was reached, and which option of the command sets it.
struct NamedLimits {
    std::chrono::milliseconds timeout;
    std::chrono::milliseconds cpu_time;
    std::uint32_t memory_mb;
};
void name_limit(Verdict& verdict, const Stop& stop, const NamedLimits& limits);

// 0..255, or 128 + signal, of a status as wait(2) gives it.
int exit_code_of(std::uint32_t status);

}  // namespace mayfly::runtime
