// A folder as an uncompressed EROFS image, whose layout README.md describes. The same files give the
// same bytes: owners and times are not kept, names are sorted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "rootfs-builder/progress.h"

namespace mayfly::rootfs {

struct ErofsOptions {
    std::uint64_t max_bytes = 250ull << 20;  // of all files together, as AWS Lambda's limit
    std::uint64_t max_files = 100'000;       // and folders, and links
    bool skip_byte_code = true;              // leaves __pycache__ out: made from what is there anyway
    // A file that shall begin at a multiple of 2 MiB in the image, relative; empty: none. The folder, which is then
    // the caller's to change, gets a file of padding at its top.
    std::string aligned_file = {};
    const StopFlag* stop = nullptr;
};

struct ErofsReport {
    std::uint64_t bytes = 0;  // of the image file
    std::string sha256;       // of the image file, hexadecimal
};

// Symbolic links are stored, never followed; devices, FIFOs and sockets are refused. The file appears
// only when it is complete.
Result<ErofsReport> build_erofs_from_directory(const std::filesystem::path& directory,
                                               const std::filesystem::path& output, const ErofsOptions& options = {});

}  // namespace mayfly::rootfs
