// The one function of a fuzz target, as libFuzzer calls it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/input.h"
#include "fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// Defines it: MF_FUZZ_TARGET(input) { ... }
#define MF_FUZZ_TARGET(input)                                                       \
    static void run_target(mayfly::fuzz::Input input);                              \
    int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {        \
        run_target(mayfly::fuzz::Input{std::span<const std::uint8_t>(data, size)}); \
        return 0;                                                                   \
    }                                                                               \
    static void run_target([[maybe_unused]] mayfly::fuzz::Input input)
