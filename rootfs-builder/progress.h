// How far a build is, told to the caller, and how the caller stops it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

namespace mayfly::rootfs {

struct Progress {
    std::string_view step;    // "fetch packages"
    std::string_view detail;  // "libssl3"
    std::uint64_t done = 0;
    std::uint64_t total = 0;  // 0: unknown
};

// Called from the calling thread; may be empty.
using ProgressCallback = std::function<void(const Progress&)>;

// Set by another thread or a signal handler: the build ends with an error soon after.
using StopFlag = std::atomic<bool>;

inline void report(const ProgressCallback& callback, const Progress& progress) {
    if (callback) callback(progress);
}

}  // namespace mayfly::rootfs
