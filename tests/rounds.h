// How long tests of hostile guests are: a share of all in `make test`, all of it in `make test-hostile`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace mayfly::test {

inline std::uint64_t number_in_environment(const char* variable, std::uint64_t otherwise) {
    const char* value = std::getenv(variable);
    return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

// Rounds that a test makes: MAYFLY_HOSTILE_PERCENT of all, or without that the share of `make test`.
inline std::uint64_t rounds(std::uint64_t in_make_test, std::uint64_t all) {
    const std::uint64_t percent = number_in_environment("MAYFLY_HOSTILE_PERCENT", 0);
    return percent == 0 ? in_make_test : std::max<std::uint64_t>(all * percent / 100, 1);
}

// MAYFLY_HOSTILE_SEED, or 1. Printed, for a run to be repeated.
inline std::uint64_t hostile_seed() {
    const std::uint64_t seed = number_in_environment("MAYFLY_HOSTILE_SEED", 1);
    std::cout << "MAYFLY_HOSTILE_SEED=" << seed << std::endl;
    return seed;
}

}  // namespace mayfly::test
