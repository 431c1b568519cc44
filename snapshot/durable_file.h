// Files that are whole or absent, whenever the power goes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::snapshot {

// Writes a temporary file beside path, syncs it and renames it over path; then syncs the folder. On an
// error nothing of it is left.
Result<void> write_file_durably(const std::filesystem::path& path, std::string_view content);

// The whole file; too_large when it is beyond limit. Only regular files.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);
Result<UniqueFd> open_regular_file(const std::filesystem::path& path);

Result<void> sync_file(int fd, const std::filesystem::path& path);
Result<void> sync_directory(const std::filesystem::path& directory);

}  // namespace mayfly::snapshot
