// Debian packages as a tree: what dpkg and the maintainer scripts that matter would leave.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "rootfs-builder/apt.h"
#include "rootfs-builder/progress.h"

namespace mayfly::rootfs {

// Unpacks all packages into `tree`, merges /bin, /sbin, /lib, /lib64 into /usr as Debian 12 does, and
// makes the links of update-alternatives that their postinst scripts ask for.
Result<void> unpack_packages(const Apt& apt, const std::vector<Package>& packages, const std::filesystem::path& tree,
                             const ProgressCallback& progress, const StopFlag* stop);

// Moves tree/bin and its like into tree/usr and leaves links there.
Result<void> merge_usr(const std::filesystem::path& tree);

}  // namespace mayfly::rootfs
