// Removes symbol tables and debugging information from programs and libraries. Debian's own are
// stripped already; packages from elsewhere may not be.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "rootfs-builder/progress.h"

namespace mayfly::rootfs {

Result<void> strip_tree(const std::filesystem::path& root, const StopFlag* stop);

// Whether a file is an ELF program or library with a symbol table (.symtab) or debugging information.
bool is_unstripped_elf(const std::filesystem::path& path);

}  // namespace mayfly::rootfs
