// What a fuzz target expects of what it runs, beyond that it does not crash.
#pragma once

#include <cstdio>
#include <cstdlib>

#define MF_REQUIRE(condition)                                                                   \
    do {                                                                                        \
        if (!(condition)) {                                                                     \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                       \
        }                                                                                       \
    } while (false)
