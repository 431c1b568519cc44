// What no package contains: files that installation scripts would write, and the folders the guest
// mounts over.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "rootfs-builder/progress.h"
#include "rootfs-builder/recipe.h"

namespace mayfly::rootfs {

Result<void> add_base_files(const std::filesystem::path& tree, const Recipe& recipe, const StopFlag* stop);

}  // namespace mayfly::rootfs
