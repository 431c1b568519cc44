// What lets a host and a guest map a part of an image with large pages (2 MiB): the part begins at a multiple of 2 MiB,
// and the file lies in the host's page cache in large pieces. See docs/design/0013-large-pages-of-images.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/error.h"

namespace mayfly::rootfs {

// Where in the image the content of the file begins, at a multiple of 4 KiB; nothing if it is not there in one piece.
Result<std::optional<std::uint64_t>> find_content(const std::filesystem::path& image,
                                                  const std::filesystem::path& file);

// Writes a copy in pieces as large as file systems make pages of their cache, which are those of a single write
// (Linux: ext4 from 6.16 on, XFS before).
Result<void> copy_in_large_pieces(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace mayfly::rootfs
