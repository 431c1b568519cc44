// Leaves out what a function never needs, in named steps.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "rootfs-builder/progress.h"

namespace mayfly::rootfs {

// What `requested` names was asked for by the user: it is kept whole.
struct SlimContext {
    std::filesystem::path tree;
    std::vector<std::string> requested;
    const StopFlag* stop = nullptr;
};

struct SlimStep {
    std::string_view name;
    Result<void> (*run)(const SlimContext&);
};

// In the order they are to be run.
std::vector<SlimStep> slim_steps();

}  // namespace mayfly::rootfs
