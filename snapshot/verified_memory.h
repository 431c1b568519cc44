// Opens the memory file of a snapshot, or an image, checked against its manifest. Reading it all is paid once: a
// stamp beside it says that exactly this file was found good.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::snapshot {

enum class MappedBy { small_pages, large_pages };

// bytes and xxh3 are the manifest's. The stamp is `path` + ".verified"; failing to write it is no error.
Result<UniqueFd> open_verified_memory(const std::filesystem::path& path, std::uint64_t bytes, std::uint64_t xxh3,
                                      MappedBy mapped_by = MappedBy::small_pages);

}  // namespace mayfly::snapshot
