// Microseconds of the monotonic clock.
#pragma once

#include <chrono>

namespace mayfly::bench {

class Stopwatch {
public:
    double microseconds() const {
        return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace mayfly::bench
