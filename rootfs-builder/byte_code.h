// Compiles an image's Python modules with the image's own interpreter, so that none is compiled again
// each time a microVM starts cold.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "rootfs-builder/progress.h"

namespace mayfly::rootfs {

// `python` is relative to the tree. All modules in its library folders are compiled; the files are of the
// kind unchecked-hash: they are used without a look at the source, whose time stamp an image doesn't keep.
Result<void> compile_modules(const std::filesystem::path& tree, const std::filesystem::path& python,
                             const StopFlag* stop);

}  // namespace mayfly::rootfs
